/** virtio-balloon: takes memory from the guest and gives it back to the host (virtio 1.2 §5.5). */
@NullMarked
package crosvm.vmm.device.balloon;

import org.jspecify.annotations.NullMarked;
