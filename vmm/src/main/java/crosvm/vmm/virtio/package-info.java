/** Virtio devices as their authors write them and as a transport drives them (virtio 1.2). */
@NullMarked
package crosvm.vmm.virtio;

import org.jspecify.annotations.NullMarked;
