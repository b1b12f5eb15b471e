/** A PCI bus: configuration space through ECAM and ports, functions, their BARs and capabilities (PCI Local Bus 3.0). */
@NullMarked
package crosvm.vmm.pci;

import org.jspecify.annotations.NullMarked;
