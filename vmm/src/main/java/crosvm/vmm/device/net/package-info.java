/** virtio-net: the guest's network cards, on a tap or on passt's stream (virtio 1.2 §5.1). */
@NullMarked
package crosvm.vmm.device.net;

import org.jspecify.annotations.NullMarked;
