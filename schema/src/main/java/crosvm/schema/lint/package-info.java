/** What is unwise in a spec or between specs, the constraints, and the forms findings are reported in. */
@NullMarked
package crosvm.schema.lint;

import org.jspecify.annotations.NullMarked;
