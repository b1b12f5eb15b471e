/** Runs virtio devices on threads of this process. */
@NullMarked
package crosvm.vmm.virtio.host;

import org.jspecify.annotations.NullMarked;
