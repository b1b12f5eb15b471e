package crosvm.vmm.pci;

/** What stands at 00:00.0 of every PC; kernels take its class as the sign that there is a PCI bus at all. */
final class HostBridge extends PciFunction {
    /** The generic PCIe host bridge of Red Hat's (QEMU's) numbers: no kernel has quirks for it. */
    private static final PciIdentity IDENTITY = new PciIdentity(0x1b36, 0x0008, 0, 0x060000, 0x1af4, 0x1100);

    HostBridge() {
        super("PCI host bridge", IDENTITY);
    }
}
