package crosvm.vmm.machine;

import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.Vring;
import crosvm.vmm.virtio.remote.RemoteDevice;
import crosvm.vmm.virtio.remote.VhostUserBackend;
import java.util.List;

/**
 * A whole session with a device of the same kind, front-end and back-end both in this process, before the door closes:
 * afterwards every class is loaded and every native function found. Guests get nothing of it.
 */
final class DeviceWarmUp implements AutoCloseable {
    private static final int MEMORY = 1 << 20;
    private static final int QUEUE = 16;
    private static final long DESCRIPTORS = 0x1000;
    private static final long AVAILABLE = 0x2000;
    private static final long USED = 0x3000;
    private static final long DATA = 0x4000;
    private static final int DISK_BYTES = 1 << 16;
    private static final int ANSWER_MILLISECONDS = 10_000;

    /** Times the whole session is gone through. */
    private static final int ROUNDS = 2;

    private final GuestMemory memory = GuestMemory.allocate(MEMORY);
    private final EventFd kick = EventFd.create("warm kick");
    private final EventFd call = EventFd.create("warm call");
    private int available;

    private DeviceWarmUp() {}

    static void run(String kind) {
        for (int i = 0; i < ROUNDS; i++) {
            try (DeviceWarmUp session = new DeviceWarmUp();
                    Fd disk = Memfd.sealed("warm disk", DISK_BYTES)) {
                VirtioDevice device =
                        kind.equals("blk") ? new BlkDevice(BlockFile.of(disk, false), "warm") : new RngDevice();
                session.serve(device, kind.equals("blk"));
            }
        }
    }

    private void serve(VirtioDevice device, boolean disk) {
        List<UnixSocket> pair = UnixSocket.pair("warm");
        VhostUserServer server = new VhostUserServer(
                new ThreadBackend(device), new Connection(pair.get(1)), VhostUserServer.Memory.SEALED);
        Thread thread = new Thread(
                () -> {
                    try (server) {
                        server.serve();
                    }
                },
                "warm server");
        thread.start();
        try (EventLoop loop = new EventLoop("warm loop");
                VhostUserBackend backend = VhostUserBackend.open(
                        RemoteDevice.of(device.type(), "warm", 1, device.queueSize(0), device.configSize()),
                        new Connection(pair.get(0)),
                        loop,
                        ANSWER_MILLISECONDS,
                        reason -> {})) {
            backend.listen(new Nobody());
            drive(backend, disk);
        }
        join(thread);
    }

    private void drive(VhostUserBackend backend, boolean disk) {
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features() & ~Feature.EVENT_IDX);
        if (backend.configSize() > 0) {
            backend.readConfig(0, 8);
        }
        backend.startQueue(0, new Vring(QUEUE, DESCRIPTORS, AVAILABLE, USED, 0), kick, call);
        if (disk) {
            for (int type : new int[] {0, 1, 4, 8, 99}) { // IN, OUT, FLUSH, GET_ID, and one that does not exist.
                request(type);
            }
        } else {
            descriptor(0, DATA, 64, 2, 0);
            kickAndWait();
        }
        backend.stopQueue(0);
        backend.reset();
    }

    /** virtio 1.2 §5.2.6: header, data, status. */
    private void request(int type) {
        memory.putU32(DATA, type);
        memory.putU64(DATA + 8, 0);
        descriptor(0, DATA, 16, 1, 1);
        descriptor(1, DATA + 4096, 512, type == 1 ? 1 : 3, 2);
        descriptor(2, DATA + 2048, 1, 2, 0);
        kickAndWait();
    }

    private void descriptor(int index, long address, int length, int flags, int next) {
        long at = DESCRIPTORS + 16L * index;
        memory.putU64(at, address);
        memory.putU32(at + 8, length);
        memory.putU16(at + 12, flags);
        memory.putU16(at + 14, next);
    }

    private void kickAndWait() {
        memory.putU16(AVAILABLE + 4 + 2L * (available % QUEUE), 0);
        memory.putU16Release(AVAILABLE + 2, ++available);
        kick.signal();
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
        kick.close();
        call.close();
    }
}
