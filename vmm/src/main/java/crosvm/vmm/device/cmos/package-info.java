/** The CMOS memory with the real-time clock in it. */
@NullMarked
package crosvm.vmm.device.cmos;

import org.jspecify.annotations.NullMarked;
