/** virtio-wl: Wayland for the guest, as Chrome OS's kernels have it (linux/virtio_wl.h). */
@NullMarked
package crosvm.vmm.device.wl;

import org.jspecify.annotations.NullMarked;
