/** The PCI transport of virtio (virtio 1.2 §4.1), modern interface only. */
@NullMarked
package crosvm.vmm.virtio.pci;

import org.jspecify.annotations.NullMarked;
