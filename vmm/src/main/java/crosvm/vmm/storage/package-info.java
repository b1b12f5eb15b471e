/**
 * Disk images that our own device does not read, by a qemu-storage-daemon in a jail of ours: its process, its protocol (QMP, the
 * QEMU Machine Protocol), and the block graph that a disk is made of there. An image is somebody else's data: what it names is
 * never opened, only what the spec says is, and by us. And the one image that is made here, in memory: the seed of cloud-init.
 */
@NullMarked
package crosvm.vmm.storage;

import org.jspecify.annotations.NullMarked;
