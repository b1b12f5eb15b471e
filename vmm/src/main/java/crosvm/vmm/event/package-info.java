/** Event descriptors and the loop that waits for them. */
@NullMarked
package crosvm.vmm.event;

import org.jspecify.annotations.NullMarked;
