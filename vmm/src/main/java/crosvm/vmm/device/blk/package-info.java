/** virtio-blk: disks from image files and block devices (virtio 1.2 §5.2). */
@NullMarked
package crosvm.vmm.device.blk;

import org.jspecify.annotations.NullMarked;
