package crosvm.vmm.virtio.pci;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.bus.IoEvents;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.irq.MsiRoutes;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.pci.PciBus;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.HashMap;
import java.util.Map;

/** A guest's virtio-pci driver on a machine of buses only: finds the structures by their capabilities, as real ones do. */
final class PciDriver implements AutoCloseable {
    static final int SLOT = 3;
    static final int GSI = 19;
    static final long BAR = MemoryLayout.PCI_MMIO_START + 0x10_0000;

    static final int DEVICE_FEATURE_SELECT = 0x00;
    static final int DEVICE_FEATURE = 0x04;
    static final int DRIVER_FEATURE_SELECT = 0x08;
    static final int DRIVER_FEATURE = 0x0c;
    static final int CONFIG_VECTOR = 0x10;
    static final int NUM_QUEUES = 0x12;
    static final int STATUS = 0x14;
    static final int GENERATION = 0x15;
    static final int QUEUE_SELECT = 0x16;
    static final int QUEUE_SIZE = 0x18;
    static final int QUEUE_VECTOR = 0x1a;
    static final int QUEUE_ENABLE = 0x1c;
    static final int QUEUE_NOTIFY_OFF = 0x1e;
    static final int QUEUE_DESC = 0x20;
    static final int QUEUE_DRIVER = 0x28;
    static final int QUEUE_DEVICE = 0x30;
    static final int QUEUE_RESET = 0x3a;

    final Bus mmio = new Bus("MMIO");
    final PciBus pci = new PciBus(mmio);
    final BusDevice ecam = pci.ecam();
    final FakeMsiRoutes msi;
    final FakeIoEvents ioEvents;
    final EventLoop loop = new EventLoop("test loop");
    final Thread loopThread = new Thread(loop::run, "test loop");
    final GuestMemory memory;
    final VirtioPciFunction function;
    volatile boolean line;
    /** Structures by cfg_type: where they are on the MMIO bus. */
    final Map<Integer, Long> structures = new HashMap<>();

    int msixAt;
    int accessAt;

    /** ioeventfds as a table; {@link #write} on the MMIO bus goes past it. */
    static final class FakeIoEvents implements IoEvents {
        final Map<Long, EventFd> events = new HashMap<>();

        @Override
        public boolean add(EventFd event, long address) {
            return events.putIfAbsent(address, event) == null;
        }

        @Override
        public void remove(EventFd event, long address) {
            assertThat(events.remove(address)).isSameAs(event);
        }
    }

    PciDriver(GuestMemory memory, VirtioBackend backend) {
        this(memory, backend, new FakeMsiRoutes(), new FakeIoEvents());
    }

    private PciDriver(GuestMemory memory, VirtioBackend backend, FakeMsiRoutes msi, FakeIoEvents ioEvents) {
        this(memory, backend, msi, ioEvents, msi, ioEvents);
    }

    /** With the kernel's routes and notifications; the fakes stay empty. */
    PciDriver(GuestMemory memory, VirtioBackend backend, MsiRoutes msiRoutes, IoEvents events) {
        this(memory, backend, msiRoutes, events, new FakeMsiRoutes(), new FakeIoEvents());
    }

    private PciDriver(
            GuestMemory memory,
            VirtioBackend backend,
            MsiRoutes msiRoutes,
            IoEvents events,
            FakeMsiRoutes msi,
            FakeIoEvents ioEvents) {
        this.memory = memory;
        this.msi = msi;
        this.ioEvents = ioEvents;
        function = new VirtioPciFunction(
                backend, GSI, level -> line = level, new VirtioPciHost(memory, msiRoutes, events, loop));
        function.bars().get(0).place(BAR);
        pci.add(SLOT, function);
        loopThread.setDaemon(true);
        loopThread.start();
        setCommand(2);
        findStructures();
    }

    long config(int offset, int size) {
        return ecam.read((long) SLOT << 15 | offset, size);
    }

    void setConfig(int offset, int size, long value) {
        ecam.write((long) SLOT << 15 | offset, size, value);
    }

    void setCommand(int command) {
        setConfig(4, 2, command);
    }

    private void findStructures() {
        for (int at = (int) config(0x34, 1); at != 0; at = (int) config(at + 1, 1)) {
            int id = (int) config(at, 1);
            if (id == 0x11) {
                msixAt = at;
            } else if (id == 0x09) {
                int type = (int) config(at + 3, 1);
                structures.putIfAbsent(type, BAR + config(at + 8, 4));
                accessAt = type == 5 ? at : accessAt;
            }
        }
    }

    long common(int offset, int size) {
        return mmio.read(structures.get(1) + offset, size);
    }

    void setCommon(int offset, int size, long value) {
        mmio.write(structures.get(1) + offset, size, value);
    }

    int status() {
        return (int) common(STATUS, 1);
    }

    void setStatus(int value) {
        setCommon(STATUS, 1, value);
    }

    int isr() {
        return (int) mmio.read(structures.get(3), 1);
    }

    long device(int offset, int size) {
        return mmio.read(structures.get(4) + offset, size);
    }

    long notifyAddress(int queue) {
        return structures.get(2) + 4L * queue;
    }

    void notifyQueue(int queue) {
        mmio.write(notifyAddress(queue), 2, queue);
    }

    long offered() {
        setCommon(DEVICE_FEATURE_SELECT, 4, 0);
        long low = common(DEVICE_FEATURE, 4);
        setCommon(DEVICE_FEATURE_SELECT, 4, 1);
        return low | common(DEVICE_FEATURE, 4) << 32;
    }

    void accept(long features) {
        setCommon(DRIVER_FEATURE_SELECT, 4, 0);
        setCommon(DRIVER_FEATURE, 4, features & 0xffff_ffffL);
        setCommon(DRIVER_FEATURE_SELECT, 4, 1);
        setCommon(DRIVER_FEATURE, 4, features >>> 32);
    }

    /** Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK. */
    void negotiate(long features) {
        setStatus(0);
        assertThat(status()).isZero();
        setStatus(1);
        setStatus(3);
        accept(features);
        setStatus(11);
        assertThat(status()).isEqualTo(11);
    }

    void driverOk() {
        setStatus(15);
    }

    void enableQueue(int index, DriverQueue queue) {
        placeQueue(index, queue);
        setCommon(QUEUE_ENABLE, 2, 1);
    }

    void placeQueue(int index, DriverQueue queue) {
        setCommon(QUEUE_SELECT, 2, index);
        setCommon(QUEUE_SIZE, 2, queue.size);
        setAddress(QUEUE_DESC, queue.descriptors);
        setAddress(QUEUE_DRIVER, queue.available);
        setAddress(QUEUE_DEVICE, queue.used);
    }

    /** As drivers do: two halves. */
    void setAddress(int register, long address) {
        setCommon(register, 4, address & 0xffff_ffffL);
        setCommon(register + 4, 4, address >>> 32);
    }

    void setMsix(boolean enabled, boolean masked) {
        setConfig(msixAt + 2, 2, (enabled ? 0x8000 : 0) | (masked ? 0x4000 : 0));
    }

    void setMessage(int vector, long address, int data) {
        long at = BAR + 0x4000 + 16L * vector;
        mmio.write(at, 4, address & 0xffff_ffffL);
        mmio.write(at + 4, 4, address >>> 32);
        mmio.write(at + 8, 4, data & 0xffff_ffffL);
    }

    void maskVector(int vector, boolean masked) {
        mmio.write(BAR + 0x4000 + 16L * vector + 12, 4, masked ? 1 : 0);
    }

    boolean pending(int vector) {
        return (mmio.read(BAR + 0x5000, 8) >>> vector & 1) != 0;
    }

    FakeMsiRoutes.FakeRoute route(int vector) {
        return msi.routes.get(vector);
    }

    @Override
    public void close() {
        function.close();
        loop.stop();
        try {
            loopThread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.close();
    }
}
