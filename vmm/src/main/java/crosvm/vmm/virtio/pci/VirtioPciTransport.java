package crosvm.vmm.virtio.pci;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.bus.IoEvents;
import crosvm.vmm.irq.InterruptLine;
import crosvm.vmm.pci.PciBar;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.DeviceStatus;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The BAR of a virtio function and the state machine behind it (virtio 1.2 §2.1, §3.1, §4.1): features, device status,
 * queues, notifications, interrupts. Register accesses come from vCPU threads and take this object's lock; a backend
 * stops its workers within a register write, so it must not wait for this lock, and {@link #configChanged()} and {@link
 * #needsReset} do not take it.
 */
final class VirtioPciTransport implements BusDevice, DeviceHost, AutoCloseable {
    private final VirtioBackend backend;
    private final IoEvents ioEvents;
    private final DeviceLog log;
    private final Interrupts interrupts;
    private final QueueRegisters[] queues;
    private final CommonConfig common;
    private final AtomicInteger status = new AtomicInteger();
    private final AtomicInteger configGeneration = new AtomicInteger();
    private long driverFeatures;
    private long barAddress = PciBar.NOT_DECODED;

    VirtioPciTransport(VirtioBackend backend, InterruptLine line, VirtioPciHost host) {
        int count = backend.queueCount();
        if (count > VirtioPciLayout.MAX_QUEUES) {
            throw new IllegalArgumentException(backend.name() + ": " + count + " queues");
        }
        this.backend = backend;
        this.ioEvents = host.ioEvents();
        this.log = new DeviceLog(backend.name());
        this.interrupts = new Interrupts(backend.name(), count, host.msiRoutes(), line, host.loop());
        this.queues = new QueueRegisters[count];
        for (int i = 0; i < count; i++) {
            queues[i] = new QueueRegisters(backend.name(), i, backend.queueSize(i));
        }
        this.common = new CommonConfig(this);
        backend.listen(this);
        backend.setMemory(host.memory());
    }

    Interrupts interrupts() {
        return interrupts;
    }

    int queueCount() {
        return queues.length;
    }

    QueueRegisters queue(int index) {
        return queues[index];
    }

    long deviceFeatures() {
        return backend.features() | Feature.VERSION_1 | Feature.RING_RESET;
    }

    long driverFeatures() {
        return driverFeatures;
    }

    /** virtio 1.2 §3.1.1: after FEATURES_OK the driver has made its choice. */
    void setDriverFeatures(long features) {
        if (!statusHas(DeviceStatus.FEATURES_OK)) {
            driverFeatures = features;
        }
    }

    int status() {
        return status.get();
    }

    private boolean statusHas(int bit) {
        return (status.get() & bit) != 0;
    }

    int configGeneration() {
        return configGeneration.get() & 0xff;
    }

    /** The driver sets bits one after the other and clears them only all at once (virtio 1.2 §2.1.1). */
    void writeStatus(long value) {
        if (value == 0) {
            reset();
            return;
        }
        int wanted = (int) value & ~(status.get() | DeviceStatus.DEVICE_NEEDS_RESET);
        if ((wanted & DeviceStatus.FEATURES_OK) != 0) {
            acceptFeatures();
        }
        if ((wanted & DeviceStatus.DRIVER_OK) != 0 && statusHas(DeviceStatus.FEATURES_OK)) {
            status.getAndUpdate(s -> s | DeviceStatus.DRIVER_OK);
            start();
        }
        int plain = wanted & ~(DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK);
        status.getAndUpdate(s -> s | plain);
    }

    /** A driver that wants what was not offered, or the legacy interface, finds FEATURES_OK still clear. */
    private void acceptFeatures() {
        long deviceFeatures = deviceFeatures();
        if ((driverFeatures & ~deviceFeatures) == 0 && Feature.has(driverFeatures, Feature.VERSION_1)) {
            backend.acceptFeatures(driverFeatures & backend.features());
            status.getAndUpdate(s -> s | DeviceStatus.FEATURES_OK);
        } else {
            log.report("the guest's driver wants features 0x" + Long.toHexString(driverFeatures) + " of 0x"
                    + Long.toHexString(deviceFeatures));
        }
    }

    private void start() {
        interrupts.start();
        for (QueueRegisters queue : queues) {
            if (queue.enabled) {
                start(queue);
            }
        }
    }

    private void start(QueueRegisters queue) {
        queue.started = true;
        backend.startQueue(queue.index, queue.ring(), queue.kick, interrupts.call(queue.index));
        placeNotification(queue);
    }

    /** queue_enable takes a 1; a driver takes it back by a reset only (virtio 1.2 §4.1.4.3.2). */
    void enableQueue(QueueRegisters queue, long value) {
        if (value != 1 || queue.enabled || !statusHas(DeviceStatus.FEATURES_OK)) {
            return;
        }
        queue.enabled = true;
        if (statusHas(DeviceStatus.DRIVER_OK)) {
            start(queue);
        }
    }

    /** VIRTIO_F_RING_RESET (virtio 1.2 §2.6.1): done when the write is. */
    void resetQueue(QueueRegisters queue, long value) {
        if (value == 1 && queue.enabled && Feature.has(driverFeatures, Feature.RING_RESET)) {
            if (queue.started) {
                backend.stopQueue(queue.index);
            }
            removeNotification(queue);
            queue.reset();
            interrupts.setQueueVector(queue.index, InterruptSource.NO_VECTOR);
        }
    }

    /** The driver waits for device_status to read 0 (virtio 1.2 §2.4); by then the workers have stopped. */
    private void reset() {
        for (QueueRegisters queue : queues) {
            removeNotification(queue);
        }
        backend.reset();
        interrupts.reset();
        for (QueueRegisters queue : queues) {
            queue.reset();
        }
        common.reset();
        driverFeatures = 0;
        status.set(0);
    }

    private void placeNotification(QueueRegisters queue) {
        if (queue.started && barAddress != PciBar.NOT_DECODED && queue.notifyAddress < 0) {
            long address = barAddress + VirtioPciLayout.notifyOffset(queue.index);
            if (ioEvents.add(queue.kick, address)) {
                queue.notifyAddress = address;
            }
        }
    }

    private void removeNotification(QueueRegisters queue) {
        if (queue.notifyAddress >= 0) {
            ioEvents.remove(queue.kick, queue.notifyAddress);
            queue.notifyAddress = -1;
        }
    }

    /** @param address or {@link PciBar#NOT_DECODED} */
    synchronized void barMoved(long address) {
        for (QueueRegisters queue : queues) {
            removeNotification(queue);
        }
        barAddress = address;
        for (QueueRegisters queue : queues) {
            placeNotification(queue);
        }
    }

    synchronized void setMsixControl(long control) {
        interrupts.setMsixControl(control);
    }

    /** Any thread that may wait for the device. */
    synchronized void refresh() {
        backend.refresh();
    }

    @Override
    public void configChanged() {
        configGeneration.incrementAndGet();
        if (statusHas(DeviceStatus.DRIVER_OK)) {
            interrupts.configurationChanged();
        }
    }

    @Override
    public void needsReset(String reason) {
        log.report(reason + "; it needs a reset");
        int before = status.getAndUpdate(s -> s | DeviceStatus.DEVICE_NEEDS_RESET);
        if ((before & DeviceStatus.DEVICE_NEEDS_RESET) == 0 && (before & DeviceStatus.DRIVER_OK) != 0) {
            interrupts.configurationChanged();
        }
    }

    @Override
    public synchronized long read(long offset, int size) {
        int at = (int) offset % VirtioPciLayout.PAGE;
        return switch ((int) offset / VirtioPciLayout.PAGE) {
            case VirtioPciLayout.COMMON -> common.table().read(at, size);
            case VirtioPciLayout.ISR -> at == 0 ? interrupts.pin().readAndClear() : 0;
            case VirtioPciLayout.DEVICE -> readDeviceConfig(at, size);
            case VirtioPciLayout.MSIX_TABLE -> interrupts.msix().read(at, size);
            case VirtioPciLayout.MSIX_PENDING -> interrupts.msix().readPending(at, size, interrupts::pending);
            default -> 0;
        };
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        int at = (int) offset % VirtioPciLayout.PAGE;
        switch ((int) offset / VirtioPciLayout.PAGE) {
            case VirtioPciLayout.COMMON -> common.table().write(at, size, value);
            case VirtioPciLayout.DEVICE -> writeDeviceConfig(at, size, value);
            case VirtioPciLayout.NOTIFY -> notifyQueue(at);
            case VirtioPciLayout.MSIX_TABLE -> interrupts.msix().write(at, size, value);
            default -> {} // Read-only, or nothing there.
        }
    }

    /** Where the kernel does not do it for us ({@link IoEvents}). */
    private void notifyQueue(int at) {
        int index = at / VirtioPciLayout.NOTIFY_MULTIPLIER;
        if (index < queues.length && queues[index].started) {
            queues[index].kick.signalShared();
        }
    }

    /** The machine is about to end: whoever waits for the device, holding this object's lock, soon waits no more. Any thread. */
    void hurry() {
        backend.hurry();
    }

    private long readDeviceConfig(int at, int size) {
        if (at + size <= backend.configSize()) {
            return backend.readConfig(at, size);
        }
        long value = 0;
        for (int i = 0; i < size && at + i < backend.configSize(); i++) {
            value |= (backend.readConfig(at + i, 1) & 0xff) << 8 * i;
        }
        return value;
    }

    private void writeDeviceConfig(int at, int size, long value) {
        if (at + size <= backend.configSize()) {
            backend.writeConfig(at, size, value);
        }
    }

    /** Stops the device and frees everything. The vCPUs have stopped, and the memory is still there. */
    @Override
    public synchronized void close() {
        for (QueueRegisters queue : queues) {
            removeNotification(queue);
        }
        backend.close();
        interrupts.close();
        for (QueueRegisters queue : queues) {
            queue.kick.close();
        }
    }
}
