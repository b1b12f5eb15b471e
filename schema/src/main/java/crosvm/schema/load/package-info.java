/** YAML text to a spec, or to all problems with it at once. The only place that knows SnakeYAML. */
@NullMarked
package crosvm.schema.load;

import org.jspecify.annotations.NullMarked;
