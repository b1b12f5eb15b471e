/** Drives virtio devices that run in other processes. */
@NullMarked
package crosvm.vmm.virtio.remote;

import org.jspecify.annotations.NullMarked;
