package crosvm.vmm.hosting;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.Vring;
import crosvm.vmm.virtio.remote.RemoteDevice;
import crosvm.vmm.virtio.remote.VhostUserBackend;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole session with a device of the same kind, front-end and back-end both in this process, before the door closes:
 * afterwards every class is loaded and every native function found. Guests get nothing of it.
 */
final class DeviceWarmUp implements AutoCloseable {
    private static final int MEMORY = 1 << 20;
    private static final int QUEUE = 16;
    private static final int MAX_QUEUES = 64;
    private static final long RINGS = 0x1000;
    /** Of one queue: descriptors, and where its two rings are. */
    private static final int RING_BYTES = 0x400;

    private static final int AVAILABLE = 0x100;
    private static final int USED = 0x200;
    private static final long DATA = RINGS + MAX_QUEUES * RING_BYTES;
    private static final int F_NEXT = 1;
    private static final int F_WRITE = 2;
    private static final int ANSWER_MILLISECONDS = 10_000;

    /** Times the whole session is gone through. */
    private static final int ROUNDS = 2;

    private final GuestMemory memory = GuestMemory.allocate(MEMORY);
    private final EventFd call = EventFd.create("warm call");
    private final List<EventFd> kicks = new ArrayList<>();

    private DeviceWarmUp(int queues) {
        for (int i = 0; i < queues; i++) {
            kicks.add(EventFd.create("warm kick"));
        }
    }

    static void run(HostedModule<?, ?> module) {
        for (int i = 0; i < ROUNDS; i++) {
            for (Rehearsal rehearsal : module.rehearsals()) {
                try (DeviceWarmUp session = new DeviceWarmUp(rehearsal.device().queueCount())) {
                    session.serve(rehearsal);
                }
            }
        }
    }

    private void serve(Rehearsal rehearsal) {
        List<UnixSocket> pair = UnixSocket.pair("warm");
        VirtioBackend device = rehearsal.device();
        RemoteDevice known =
                RemoteDevice.of(device.type(), "warm", device.queueCount(), device.queueSize(0), device.configSize());
        VhostUserServer server =
                new VhostUserServer(device, new Connection(pair.get(1)), VhostUserServer.Memory.SEALED);
        Thread thread = new Thread(
                () -> {
                    try (server) {
                        server.serve();
                    } catch (VhostUserException e) {
                        return; // The other side gave up, and says why.
                    }
                },
                "warm server");
        thread.start();
        try (EventLoop loop = new EventLoop("warm loop");
                VhostUserBackend backend = VhostUserBackend.open(
                        known, new Connection(pair.get(0)), loop, ANSWER_MILLISECONDS, reason -> {})) {
            backend.listen(new Nobody());
            drive(backend, rehearsal.requests());
        }
        join(thread);
    }

    private void drive(VhostUserBackend backend, List<Rehearsal.Request> requests) {
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features() & ~Feature.EVENT_IDX);
        if (backend.configSize() >= Long.BYTES) {
            backend.readConfig(0, Long.BYTES);
        }
        int[] available = new int[backend.queueCount()];
        for (int queue = 0; queue < available.length; queue++) {
            long rings = RINGS + (long) queue * RING_BYTES;
            backend.startQueue(
                    queue, new Vring(QUEUE, rings, rings + AVAILABLE, rings + USED, 0), kicks.get(queue), call);
        }
        for (Rehearsal.Request request : requests) {
            make(request, ++available[request.queue()]);
        }
        for (int queue = 0; queue < available.length; queue++) {
            backend.stopQueue(queue);
        }
        backend.reset();
    }

    private void make(Rehearsal.Request request, int available) {
        long rings = RINGS + (long) request.queue() * RING_BYTES;
        int last = request.out().size() + request.in().size() - 1;
        for (int i = 0; i <= last; i++) {
            boolean out = i < request.out().size();
            long data = DATA + (long) i * Rehearsal.MAX_PART;
            int length = out
                    ? request.out().get(i).length
                    : request.in().get(i - request.out().size());
            if (out) {
                memory.write(data, request.out().get(i), 0, length);
            }
            long at = rings + 16L * i;
            memory.putU64(at, data);
            memory.putU32(at + 8, length);
            memory.putU16(at + 12, (out ? 0 : F_WRITE) | (i < last ? F_NEXT : 0));
            memory.putU16(at + 14, i + 1);
        }
        memory.putU16(rings + AVAILABLE + 4 + 2L * ((available - 1) % QUEUE), 0);
        memory.putU16Release(rings + AVAILABLE + 2, available);
        kicks.get(request.queue()).signal();
        call.await(ANSWER_MILLISECONDS);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nobody is interested in how the warm-up device fares. */
    private static final class Nobody implements DeviceHost {
        @Override
        public void configChanged() {}

        @Override
        public void needsReset(String reason) {}
    }

    @Override
    public void close() {
        memory.close();
        kicks.forEach(EventFd::close);
        call.close();
    }
}
