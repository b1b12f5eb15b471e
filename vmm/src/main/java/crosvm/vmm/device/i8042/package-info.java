/** The keyboard controller, of which machines still need the reset line. */
@NullMarked
package crosvm.vmm.device.i8042;

import org.jspecify.annotations.NullMarked;
