/** Guest-physical memory: regions, bounds, and ordered access to words the guest shares. */
@NullMarked
package crosvm.vmm.memory;

import org.jspecify.annotations.NullMarked;
