package crosvm.vmm.pci;

/**
 * What a function says it is (PCI 3.0 §6.2.1, §6.2.4).
 *
 * @param vendor 16 bits
 * @param device 16 bits
 * @param revision 8 bits
 * @param classCode 24 bits: base class, sub-class, programming interface
 * @param subsystemVendor 16 bits
 * @param subsystem 16 bits
 */
public record PciIdentity(int vendor, int device, int revision, int classCode, int subsystemVendor, int subsystem) {}
