/** YAML text to a tree in which every value knows its place, or to what is wrong with the text. The only place that knows SnakeYAML. */
@NullMarked
package crosvm.schema.yaml;

import org.jspecify.annotations.NullMarked;
