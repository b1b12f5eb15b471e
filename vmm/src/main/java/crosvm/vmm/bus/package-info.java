/** Port I/O and MMIO buses: who answers which address. */
@NullMarked
package crosvm.vmm.bus;

import org.jspecify.annotations.NullMarked;
