/** Descriptions of machines by other tools as specs of crosvm: one class for each tool, and what they share. */
@NullMarked
package crosvm.runner.convert;

import org.jspecify.annotations.NullMarked;
