/** What can be said of a file: problems with place, rule and severity, and how a message shows a piece of the text. */
@NullMarked
package crosvm.schema.problem;

import org.jspecify.annotations.NullMarked;
