/** The commands, one class each, and what they share: their flags, their streams, the way to run one. */
@NullMarked
package crosvm.runner.cli;

import org.jspecify.annotations.NullMarked;
