package crosvm.vmm.virtio.remote;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.WaitingJail;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A device in a jail whose JVM collects all garbage every second, driven without a guest. Used by one thread. */
final class SoakedDevice implements AutoCloseable {
    private static final long RINGS = 0x1000;
    private static final long RING_BYTES = 0x1000;
    private static final int RING_SIZE = 64;

    final GuestMemory memory = GuestMemory.allocate(4 << 20);
    final List<DriverQueue> rings = new ArrayList<>();
    private final List<EventFd> kicks = new ArrayList<>();
    private final List<EventFd> calls = new ArrayList<>();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final LoopThread loop = new LoopThread();
    private final DeviceProcess process;
    private final VhostUserBackend backend;
    private final long accepted;

    /**
     * In a process that has been told over its door what it is, as those of machines are.
     *
     * @param handed stays the caller's
     */
    SoakedDevice(RemoteDevice device, String policy, HandedDevice<?> handed) {
        this(
                device,
                policy,
                handed,
                Fd.owning(2, "log"),
                -1,
                DeviceProcess.begin(GcDeviceMain.class, List.of("waiting")));
    }

    /**
     * @param log the process's
     * @param features those of the offered ones that are accepted
     */
    SoakedDevice(RemoteDevice device, String policy, HandedDevice<?> handed, Fd log, long features) {
        this(device, policy, handed, log, features, null);
    }

    private SoakedDevice(
            RemoteDevice device, String policy, HandedDevice<?> handed, Fd log, long features, WaitingJail waiting) {
        process = DeviceProcess.start(
                new DeviceProgram(
                        handed.module().kind().word(),
                        1,
                        GcDeviceMain.class,
                        HandedDevice.arguments(VhostUserServer.Memory.SEALED, List.of(handed)),
                        new JailPolicy(Policy.load(PolicySource.bundled(), policy), JailPolicy.OnViolation.KILL),
                        log,
                        HandedDevice.descriptors(List.of(handed))),
                waiting);
        backend = process.connect(0, device, loop.loop, deaths::add);
        backend.listen(new RecordedHost());
        backend.setMemory(memory);
        accepted = backend.features() & features;
        for (int i = 0; i < backend.queueCount(); i++) {
            rings.add(new DriverQueue(memory, RINGS + i * RING_BYTES, RING_SIZE));
            kicks.add(EventFd.create("kick " + i));
            calls.add(EventFd.create("call " + i));
        }
        start();
    }

    private void start() {
        backend.acceptFeatures(accepted);
        for (int i = 0; i < backend.queueCount(); i++) {
            backend.startQueue(i, rings.get(i).vring(), kicks.get(i), calls.get(i));
        }
    }

    /** As when the guest loads its driver anew. */
    void reset() {
        backend.reset();
        for (int i = 0; i < rings.size(); i++) {
            memory.write(RINGS + i * RING_BYTES, new byte[(int) RING_BYTES], 0, (int) RING_BYTES);
            rings.set(i, new DriverQueue(memory, RINGS + i * RING_BYTES, RING_SIZE));
        }
        start();
    }

    void kick(int queue) {
        kicks.get(queue).signal();
    }

    /**
     * Waits for the next used chain of a queue.
     *
     * @return its length
     * @throws IllegalStateException when the device has died
     */
    int awaitUsed(int queue) {
        while (calls.get(queue).await(1000) == 0) {
            if (!deaths.isEmpty()) { // Else a collection on a busy machine.
                throw new IllegalStateException(deaths.get(0));
            }
        }
        return rings.get(queue).awaitUsed();
    }

    @Override
    public void close() {
        backend.close();
        process.close();
        loop.close();
        memory.close();
        kicks.forEach(EventFd::close);
        calls.forEach(EventFd::close);
    }
}
