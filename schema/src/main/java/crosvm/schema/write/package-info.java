/** A spec back to text: YAML, JSON, and its hash. */
@NullMarked
package crosvm.schema.write;

import org.jspecify.annotations.NullMarked;
