/** Running machines, as the program sees them. */
@NullMarked
package crosvm.runner.instance;

import org.jspecify.annotations.NullMarked;
