/** Split virtqueues as the device sees them (virtio 1.2 §2.7). */
@NullMarked
package crosvm.vmm.virtio.queue;

import org.jspecify.annotations.NullMarked;
