/** The way in: a file, bytes or flags to a spec, or to all problems with it at once. */
@NullMarked
package crosvm.schema.load;

import org.jspecify.annotations.NullMarked;
