package crosvm.vmm.hosting;

import crosvm.vmm.VmmException;
import crosvm.vmm.graph.Bar;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.irq.InterruptLine;
import crosvm.vmm.irq.MsiRoute;
import crosvm.vmm.pci.PciBar;
import crosvm.vmm.pci.PciConfigSpace;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.pci.VirtioPciFunction;
import crosvm.vmm.virtio.pci.VirtioPciHost;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Makes the PCI function of a device as its plan says. What a plan can decide (BAR addresses, interrupt lines, the GSIs of
 * MSI-X) is taken from it; what the device and its transport decide is compared with it, in the configuration space as the
 * guest will find it. So what {@code crosvm graph} prints is what runs. Used by the thread that builds the machine.
 */
final class PlannedFunction {
    private static final int CAPABILITY_MSIX = 0x11;
    private static final int MSIX_SIZE_MASK = 0x7ff;

    private final PciFunctionPlan plan;

    private PlannedFunction(PciFunctionPlan plan) {
        this.plan = plan;
    }

    /**
     * Makes the function.
     *
     * @param backend taken over; closed when this fails
     * @param line where the plan's INTx leads
     * @param host what the functions of the machine share
     * @param routes gives the message-signalled interrupt of a GSI
     * @throws VmmException naming both sides of a difference, which is a mistake in crosvm
     */
    static VirtioPciFunction make(
            PciFunctionPlan plan,
            VirtioBackend backend,
            InterruptLine line,
            VirtioPciHost host,
            IntFunction<MsiRoute> routes) {
        PlannedFunction planned = new PlannedFunction(plan);
        AutoCloseable made = backend;
        try {
            planned.requireQueues(backend);
            MsixVectors vectors = new MsixVectors(plan.msix().firstGsi(), routes);
            VirtioPciFunction function = new VirtioPciFunction(
                    backend,
                    plan.virtioId(),
                    plan.intxGsi(),
                    line,
                    new VirtioPciHost(host.memory(), vectors::next, host.ioEvents(), host.loop()));
            made = function;
            planned.requireIdentity(function);
            planned.require("GSIs", plan.msix().vectors(), vectors.count());
            planned.placeBars(function);
            return function;
        } catch (RuntimeException e) {
            ResourceStack.close(made);
            throw e;
        }
    }

    private void requireQueues(VirtioBackend backend) {
        require("device type", plan.type(), backend.type());
        require("queues", plan.queues().size(), backend.queueCount());
        for (int i = 0; i < backend.queueCount(); i++) {
            require("size of queue " + i, plan.queues().get(i).size(), backend.queueSize(i));
        }
    }

    private void requireIdentity(VirtioPciFunction function) {
        PciConfigSpace config = function.config();
        requireHex("vendor ID", PciFunctionPlan.VENDOR, config.read(PciConfigSpace.VENDOR_ID, 2));
        requireHex("device ID", plan.deviceId(), config.read(PciConfigSpace.DEVICE_ID, 2));
        requireHex("class", plan.type().pciClass(), config.read(PciConfigSpace.CLASS_CODE, 3));
        require("INTx GSI", (long) plan.intxGsi(), config.read(PciConfigSpace.INTERRUPT_LINE, 1));
        require("MSI-X vectors", plan.msix().vectors(), msixVectors(config));
    }

    /** The size of the table that the MSI-X capability names (PCI Local Bus 3.0 §6.8.2.3); 0 without one. */
    private static int msixVectors(PciConfigSpace config) {
        int at = (int) config.read(PciConfigSpace.CAPABILITIES_POINTER, 1);
        while (at != 0 && config.read(at, 1) != CAPABILITY_MSIX) {
            at = (int) config.read(at + 1, 1);
        }
        return at == 0 ? 0 : (int) (config.read(at + 2, 2) & MSIX_SIZE_MASK) + 1;
    }

    private void placeBars(VirtioPciFunction function) {
        require("BARs", plan.bars().size(), function.bars().size());
        for (int i = 0; i < plan.bars().size(); i++) {
            Bar planned = plan.bars().get(i);
            PciBar bar = function.bars().get(i);
            require("index of BAR " + i, planned.index(), i);
            requireHex("size of BAR " + i, planned.size(), bar.size());
            bar.place(planned.address());
            requireHex("address of BAR " + i, planned.address(), bar.address());
        }
    }

    private void requireHex(String what, long planned, long actual) {
        require(what, "0x" + Long.toHexString(planned), "0x" + Long.toHexString(actual));
    }

    private void require(String what, Object planned, Object actual) {
        if (!Objects.equals(planned, actual)) {
            throw new VmmException(plan.name() + ": " + what + ": the plan says " + planned + ", the device has "
                    + actual + ". This is a bug in crosvm; please report it with your spec");
        }
    }

    /** Gives out the message-signalled interrupts of a function in the order of their GSIs, from the planned one on. */
    private static final class MsixVectors {
        private final int first;
        private final IntFunction<MsiRoute> routes;
        private int count;

        private MsixVectors(int first, IntFunction<MsiRoute> routes) {
            this.first = first;
            this.routes = routes;
        }

        private MsiRoute next() {
            return routes.apply(first + count++);
        }

        private int count() {
            return count;
        }
    }
}
