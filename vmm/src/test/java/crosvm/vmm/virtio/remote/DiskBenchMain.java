package crosvm.vmm.virtio.remote;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.hosting.DeviceMain;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * {@code DiskBenchMain IMAGE DEPTH SECONDS [SOCKET]}: a jailed disk as the product runs it, or another program's at the end of a vhost-user
 * socket, and a driver that keeps {@code DEPTH} random reads of 4 KiB in flight, each block of the image once, and sleeps until the device
 * calls, as a guest's does. Prints requests a second. Run by {@code .ci/bench}.
 */
final class DiskBenchMain {
    private static final int RING_SIZE = 256;
    private static final int DESCRIPTORS = 3;
    private static final RemoteDevice REMOTE = RemoteDevice.of(DeviceType.BLOCK, "blk bench", 1, RING_SIZE, 60);
    private static final long HEADERS = 0x10000;
    private static final long STATUS = 0x14000;
    private static final long DATA = 0x20000;
    private static final int BLOCK = 4096;
    private static final long WARM_NANOSECONDS = 500_000_000;

    private static final long LOOK_NANOSECONDS = 200_000;

    /** Odd, so that block after block comes once each where their number is a power of two. */
    private static final long STEP = 0x9e37_79b1L;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final DriverQueue ring = new DriverQueue(memory, 0x1000, RING_SIZE);
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final long blocks;
    private final int depth;
    private long next;
    private int available;
    private int used;

    private DiskBenchMain(long blocks, int depth) {
        this.blocks = Long.highestOneBit(blocks);
        this.depth = depth;
        next = System.nanoTime() & this.blocks - 1;
        for (int slot = 0; slot < depth; slot++) {
            int head = slot * DESCRIPTORS;
            memory.putU32(HEADERS + 16L * slot, 0);
            ring.descriptor(head, HEADERS + 16L * slot, 16, DriverQueue.NEXT, head + 1);
            ring.descriptor(
                    head + 1, DATA + (long) BLOCK * slot, BLOCK, DriverQueue.NEXT | DriverQueue.WRITE, head + 2);
            ring.descriptor(head + 2, STATUS + slot, 1, DriverQueue.WRITE, 0);
        }
    }

    public static void main(String[] arguments) throws Exception {
        JailableClassPath classPath = new JailableClassPath();
        classPath.beforeAll(null);
        int status = 1;
        try (BlockFile disk = BlockFile.open(Path.of(arguments[0]), true)) {
            DiskBenchMain bench = new DiskBenchMain(disk.size() / BLOCK, Integer.parseInt(arguments[1]));
            long nanoseconds = Long.parseLong(arguments[2]) * 1_000_000_000L;
            System.out.println(
                    arguments.length > 3 ? bench.run(arguments[3], nanoseconds) : bench.run(disk, nanoseconds));
            status = 0;
        } finally {
            classPath.afterAll(null);
            Runtime.getRuntime().halt(status);
        }
    }

    /** @return requests a second */
    private long run(BlockFile disk, long nanoseconds) {
        HandedDevice<BlkModule.Parts> handed =
                new HandedDevice<>(new BlkModule(), new BlkModule.Parts("bench", true, disk.file()), null);
        List<String> deaths = new CopyOnWriteArrayList<>();
        LoopThread loop = new LoopThread();
        try (DeviceProcess process = DeviceProcess.start(new DeviceProgram(
                        "blk",
                        1,
                        DeviceMain.class,
                        HandedDevice.arguments(VhostUserServer.Memory.SEALED, List.of(handed)),
                        new JailPolicy(
                                Policy.load(PolicySource.bundled(), "block_device.policy"),
                                JailPolicy.OnViolation.KILL),
                        Fd.owning(2, "log"),
                        HandedDevice.descriptors(List.of(handed))));
                VhostUserBackend backend = process.connect(0, REMOTE, loop.loop, deaths::add)) {
            prefer(process);
            return drive(backend, nanoseconds);
        }
    }

    /** @return requests a second */
    private long run(String socket, long nanoseconds) {
        LoopThread loop = new LoopThread();
        try (VhostUserBackend backend = VhostUserBackend.open(
                REMOTE, new Connection(UnixSocket.connect(socket)), loop.loop, 10_000, reason -> {})) {
            return drive(backend, nanoseconds);
        }
    }

    private long drive(VhostUserBackend backend, long nanoseconds) {
        backend.listen(new RecordedHost());
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features());
        backend.startQueue(0, ring.vring(), kick, call);
        for (int slot = 0; slot < depth; slot++) {
            offer(slot);
        }
        kick.signal();
        serve(System.nanoTime() + WARM_NANOSECONDS);
        long begin = System.nanoTime();
        long count = serve(begin + nanoseconds);
        return count * 1_000_000_000L / (System.nanoTime() - begin);
    }

    /** A device process is a session, and so an autogroup of the scheduler's, of its own: it gets the priority that ours has. */
    private static void prefer(DeviceProcess process) {
        try {
            String own = Files.readString(Path.of("/proc/self/autogroup"));
            Path group = Path.of("/proc/" + process.jail().pid().orElseThrow() + "/autogroup");
            Files.writeString(group, own.substring(own.lastIndexOf(' ') + 1).strip());
        } catch (IOException e) {
            return; // No autogroups here, or not root: then both have the usual one.
        }
    }

    private void offer(int slot) {
        next = next + STEP & blocks - 1;
        memory.putU64(HEADERS + 16L * slot + 8, next * (BLOCK / BlockFile.SECTOR));
        memory.putU8(STATUS + slot, 0xff);
        ring.publish(slot * DESCRIPTORS);
        available = available + 1 & 0xffff;
    }

    /**
     * As Linux's driver does: takes all that is used, asks to be called for the next, looks once more, sleeps; the first
     * {@value #LOOK_NANOSECONDS} ns with open eyes, as KVM lets an idle vCPU (halt_poll_ns).
     */
    private long serve(long end) {
        long count = 0;
        while (System.nanoTime() < end) {
            int before = available;
            while (ring.usedIndex() != used) {
                int slot = ring.usedId(used) / DESCRIPTORS;
                if (memory.u8(STATUS + slot) != 0) {
                    throw new IllegalStateException("status " + memory.u8(STATUS + slot));
                }
                used = used + 1 & 0xffff;
                offer(slot);
                count++;
            }
            VarHandle.fullFence();
            if (available != before
                    && (available - ring.availableEvent() - 1 & 0xffff) < (available - before & 0xffff)) {
                kick.signal();
            }
            long looked = System.nanoTime() + LOOK_NANOSECONDS;
            while (ring.usedIndex() == used && System.nanoTime() - looked < 0) {
                Thread.onSpinWait();
            }
            if (ring.usedIndex() == used) {
                ring.setUsedEvent(used);
                VarHandle.fullFence();
                if (ring.usedIndex() == used) {
                    call.await(1000);
                }
            }
        }
        return count;
    }
}
