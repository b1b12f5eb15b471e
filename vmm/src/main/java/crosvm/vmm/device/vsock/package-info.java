/** virtio-vsock: what vhost-vsock in the kernel leaves to us (virtio 1.2 §5.10). */
@NullMarked
package crosvm.vmm.device.vsock;

import org.jspecify.annotations.NullMarked;
