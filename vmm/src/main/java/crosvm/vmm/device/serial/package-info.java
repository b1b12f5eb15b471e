/** The 16550A serial ports, and where their bytes go and come from. */
@NullMarked
package crosvm.vmm.device.serial;

import org.jspecify.annotations.NullMarked;
