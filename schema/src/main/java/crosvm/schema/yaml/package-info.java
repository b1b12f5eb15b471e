/**
 * YAML 1.2 text to a tree in which every value knows its place, or to what is wrong with the text. The only place that knows the
 * parser: SnakeYAML Engine, by SnakeYAML's author. Of yaml-test-suite's 308 valid files it refuses 37 as not YAML and SnakeYAML 58, which
 * reads YAML 1.1; two parsers side by side would each need to be kept up to date for what the other takes already.
 */
@NullMarked
package crosvm.schema.yaml;

import org.jspecify.annotations.NullMarked;
