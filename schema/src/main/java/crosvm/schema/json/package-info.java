/** JSON for all modules: the only place that knows the library. */
@NullMarked
package crosvm.schema.json;

import org.jspecify.annotations.NullMarked;
