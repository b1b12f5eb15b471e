package crosvm.vmm.virtio.pci;

import crosvm.vmm.irq.InterruptLine;
import crosvm.vmm.pci.PciConfigSpace;
import crosvm.vmm.pci.PciFunction;
import crosvm.vmm.pci.PciIdentity;
import crosvm.vmm.virtio.VirtioBackend;

/**
 * A virtio device as a PCI function: identity, the one BAR and the capabilities that point into it. What the registers do
 * is {@link VirtioPciTransport}'s. {@code bars().get(0).place(address)} puts the BAR where firmware would have.
 */
public final class VirtioPciFunction extends PciFunction implements AutoCloseable {
    private static final int VENDOR = 0x1af4;
    private static final int DEVICE_BASE = 0x1040;
    /** virtio 1.2 §4.1.2.1: 1 or more says that there is no legacy interface, and so does a subsystem from 0x40. */
    private static final int REVISION = 1;

    private static final int SUBSYSTEM = 0x1100;

    private final VirtioPciTransport transport;
    private final int msixAt;
    private final int accessAt;

    /** @param gsi where INTA# arrives; {@code line} drives it */
    public VirtioPciFunction(VirtioBackend backend, int gsi, InterruptLine line, VirtioPciHost host) {
        this(backend, backend.type().id(), gsi, line, host);
    }

    /** @param virtioId the virtio device ID, for devices whose number is not settled */
    public VirtioPciFunction(VirtioBackend backend, int virtioId, int gsi, InterruptLine line, VirtioPciHost host) {
        super(
                backend.name(),
                new PciIdentity(
                        VENDOR, DEVICE_BASE + virtioId, REVISION, backend.type().pciClass(), VENDOR, SUBSYSTEM));
        transport = new VirtioPciTransport(backend, line, host);
        addBar(VirtioPciLayout.BAR_SIZE, transport);
        setInterrupt(gsi);
        VirtioPciLayout.addStructures(config(), backend.queueCount(), backend.configSize());
        msixAt = VirtioPciLayout.addMsix(config(), transport.interrupts().msix().vectors());
        accessAt = VirtioPciLayout.addPciAccess(config());
    }

    /** What the device stands on may have changed: it looks, and the driver is told. Any thread that may wait for the device. */
    public void refresh() {
        transport.refresh();
    }

    /** The machine is about to end: nobody waits long for the device from now on. Any thread, without waiting. */
    public void hurry() {
        transport.hurry();
    }

    @Override
    protected void barMoved(int index, long address) {
        transport.barMoved(address);
    }

    @Override
    protected boolean interruptPending() {
        return transport.interrupts().pin().pending();
    }

    @Override
    protected long readConfig(int offset, int size) {
        int length = accessLength(offset, size);
        if (length > 0) {
            config().put(accessAt + VirtioPciLayout.CAP_PCI_DATA, length, transport.read(accessTarget(), length));
        }
        return super.readConfig(offset, size);
    }

    @Override
    protected void writeConfig(int offset, int size, long value) {
        super.writeConfig(offset, size, value);
        if (touches(offset, size, msixAt + VirtioPciLayout.MSIX_CONTROL, 2)) {
            transport.setMsixControl(config().read(msixAt + VirtioPciLayout.MSIX_CONTROL, 2));
        }
        if (touches(offset, size, PciConfigSpace.COMMAND, 2)) {
            boolean off = (config().read(PciConfigSpace.COMMAND, 2) & PciConfigSpace.COMMAND_INTX_DISABLE) != 0;
            transport.interrupts().pin().setDisabled(off);
        }
        int length = accessLength(offset, size);
        if (length > 0) {
            long data = config().read(accessAt + VirtioPciLayout.CAP_PCI_DATA, length);
            transport.write(accessTarget(), length, data);
        }
    }

    /** How wide an access to pci_cfg_data is to reach through to the BAR; 0 for none, or none that could be. */
    private int accessLength(int offset, int size) {
        if (!touches(offset, size, accessAt + VirtioPciLayout.CAP_PCI_DATA, 4)) {
            return 0;
        }
        long length = config().read(accessAt + VirtioPciLayout.CAP_LENGTH, 4);
        long target = accessTarget();
        boolean possible = (length == 1 || length == 2 || length == 4)
                && target % length == 0
                && target <= VirtioPciLayout.BAR_SIZE - length
                && config().read(accessAt + VirtioPciLayout.CAP_BAR, 1) == VirtioPciLayout.BAR;
        return possible ? (int) length : 0;
    }

    private long accessTarget() {
        return config().read(accessAt + VirtioPciLayout.CAP_OFFSET, 4);
    }

    private static boolean touches(int offset, int size, int start, int length) {
        return offset < start + length && start < offset + size;
    }

    /** Stops the device and frees everything of it; the vCPUs have stopped, the guest's memory is still there. */
    @Override
    public void close() {
        transport.close();
    }
}
