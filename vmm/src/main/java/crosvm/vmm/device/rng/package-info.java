/** virtio-rng: the host's random numbers for the guest (virtio 1.2 §5.4). */
@NullMarked
package crosvm.vmm.device.rng;

import org.jspecify.annotations.NullMarked;
