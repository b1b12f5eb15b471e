/** The device through which a guest reports its panic. */
@NullMarked
package crosvm.vmm.device.pvpanic;

import org.jspecify.annotations.NullMarked;
