/** What the build runs on the program's jars, and what is not in them. */
@NullMarked
package crosvm.build;

import org.jspecify.annotations.NullMarked;
