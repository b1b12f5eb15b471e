package crosvm.vmm.virtio.remote;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.hosting.DeviceMain;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.linux.ErrnoException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * {@code DiskBenchMain IMAGE DEPTH SECONDS QUEUES [SOCKET]}: a jailed disk as the product runs it, or another program's behind a vhost-user
 * socket, and a driver that keeps {@code DEPTH} random reads of 4 KiB in flight, each block of the image once, on so many queues together.
 * Prints requests a second, the device's processor time for each in microseconds, and how often one of its threads has waited for each.
 * Run by {@code .ci/bench}.
 */
final class DiskBenchMain {
    private static final int RING_SIZE = 256;
    private static final int DESCRIPTORS = 3;
    private static final long HEADERS = 0x10000;
    private static final long STATUS = 0x14000;
    private static final long DATA = 0x20000;
    private static final int BLOCK = 4096;
    private static final long WARM_NANOSECONDS = 500_000_000;

    private static final int ANSWER_MILLISECONDS = 30_000;

    private static final long LOOK_NANOSECONDS = 200_000;

    /** Odd, so that block after block comes once each where their number is a power of two. */
    private static final long STEP = 0x9e37_79b1L;

    private static final long RINGS = 0x1000;
    private static final long RING_BYTES = 0x2000;
    private static final int MAX_SLOTS = 128;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final long blocks;
    private final Queue[] queues;

    private DiskBenchMain(long blocks, int depth, int queueCount) {
        if (depth > MAX_SLOTS || queueCount > 4 || depth % queueCount != 0) {
            throw new IllegalArgumentException("a depth of " + depth + " on " + queueCount + " queues");
        }
        this.blocks = Long.highestOneBit(blocks);
        long start = System.nanoTime();
        queues = new Queue[queueCount];
        for (int i = 0; i < queueCount; i++) { // Each has its own part of the way through the blocks.
            queues[i] = new Queue(i, depth / queueCount, start + this.blocks / queueCount * i * STEP);
        }
    }

    public static void main(String[] arguments) throws Exception {
        JailableClassPath classPath = new JailableClassPath();
        classPath.beforeAll(null);
        int status = 1;
        try (BlockFile disk = BlockFile.open(Path.of(arguments[0]), true)) {
            DiskBenchMain bench = new DiskBenchMain(
                    disk.size() / BLOCK, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[3]));
            long nanoseconds = Long.parseLong(arguments[2]) * 1_000_000_000L;
            System.out.println(
                    arguments.length > 4 ? bench.run(arguments[4], nanoseconds) : bench.run(disk, nanoseconds));
            status = 0;
        } catch (VmmException e) {
            System.err.println(e.getMessage());
        } finally {
            classPath.afterAll(null);
            Runtime.getRuntime().halt(status);
        }
    }

    private RemoteDevice remote() {
        return RemoteDevice.of(DeviceType.BLOCK, "blk bench", queues.length, RING_SIZE, 60);
    }

    private String run(BlockFile disk, long nanoseconds) throws Exception {
        HandedDevice<BlkModule.Parts> handed = new HandedDevice<>(
                new BlkModule(), new BlkModule.Parts("bench", true, disk.file()).with(queues.length), null);
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
                VhostUserBackend backend = process.connect(0, remote(), loop.loop, DiskBenchMain::died)) {
            prefer(process);
            return drive(backend, process.jail().pid().orElseThrow(), nanoseconds);
        }
    }

    private String run(String socket, long nanoseconds) throws Exception {
        LoopThread loop = new LoopThread();
        UnixSocket other = connect(socket);
        int pid = other.peerProcess();
        try (VhostUserBackend backend = VhostUserBackend.open(
                remote(), new Connection(other), loop.loop, ANSWER_MILLISECONDS, DiskBenchMain::died)) {
            return drive(backend, pid, nanoseconds);
        }
    }

    private static void died(String reason) {
        System.err.println("the device has died: " + reason);
    }

    /** To a program that has just been started: its socket is there before anybody listens to it. */
    private static UnixSocket connect(String path) throws InterruptedException {
        long end = System.nanoTime() + ANSWER_MILLISECONDS * 1_000_000L;
        while (true) {
            try {
                return UnixSocket.connect(path);
            } catch (ErrnoException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    /** @param pid the process whose device it is */
    private String drive(VhostUserBackend backend, int pid, long nanoseconds) throws Exception {
        backend.listen(new RecordedHost());
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features());
        for (int i = 0; i < queues.length; i++) {
            backend.startQueue(i, queues[i].ring.vring(), queues[i].kick, queues[i].call);
        }
        long begin = System.nanoTime() + WARM_NANOSECONDS;
        List<FutureTask<Long>> drivers = new ArrayList<>();
        for (Queue queue : queues) {
            FutureTask<Long> driver = new FutureTask<>(() -> queue.run(begin, begin + nanoseconds));
            drivers.add(driver);
            new Thread(driver, "driver").start();
        }
        Thread.sleep(WARM_NANOSECONDS / 1_000_000);
        ProcessTimes before = ProcessTimes.of(pid);
        long count = 0;
        for (FutureTask<Long> driver : drivers) {
            count += driver.get();
        }
        long took = System.nanoTime() - begin;
        if (count == 0) {
            throw new VmmException("the device has answered no request");
        }
        ProcessTimes after = ProcessTimes.of(pid);
        return "%.0f %.2f %.3f"
                .formatted(
                        count * 1e9 / took,
                        (after.nanoseconds - before.nanoseconds) / 1e3 / count,
                        (double) (after.waits - before.waits) / count);
    }

    /** What a process's threads have used of processors, and how often one of them has waited for something. */
    private record ProcessTimes(long nanoseconds, long waits) {
        static ProcessTimes of(int pid) throws IOException {
            long nanoseconds = 0;
            long waits = 0;
            try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
                for (Path thread : threads.toList()) {
                    nanoseconds += Long.parseLong(
                            Files.readString(thread.resolve("schedstat")).split(" ")[0]);
                    waits += Files.readAllLines(thread.resolve("status")).stream()
                            .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                            .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('\t') + 1)))
                            .sum();
                }
            }
            return new ProcessTimes(nanoseconds, waits);
        }
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

    /** One virtqueue and the driver on it, which is a thread of its own, as a vCPU is. */
    private final class Queue {
        private final DriverQueue ring;
        private final EventFd kick = EventFd.create("kick");
        private final EventFd call = EventFd.create("call");
        private final int depth;
        private final int firstSlot;
        private long next;
        private int available;
        private int used;

        private Queue(int index, int depth, long next) {
            this.depth = depth;
            this.next = next;
            firstSlot = index * depth;
            ring = new DriverQueue(memory, RINGS + index * RING_BYTES, RING_SIZE);
            for (int i = 0; i < depth; i++) {
                int slot = firstSlot + i;
                int head = i * DESCRIPTORS;
                memory.putU32(HEADERS + 16L * slot, 0);
                ring.descriptor(head, HEADERS + 16L * slot, 16, DriverQueue.NEXT, head + 1);
                ring.descriptor(
                        head + 1, DATA + (long) BLOCK * slot, BLOCK, DriverQueue.NEXT | DriverQueue.WRITE, head + 2);
                ring.descriptor(head + 2, STATUS + slot, 1, DriverQueue.WRITE, 0);
            }
        }

        /** @return requests from {@code begin} to {@code end} */
        long run(long begin, long end) {
            for (int i = 0; i < depth; i++) {
                offer(i);
            }
            kick.signal();
            serve(begin);
            return serve(end);
        }

        private void offer(int slot) {
            next = next + STEP & blocks - 1;
            memory.putU64(HEADERS + 16L * (firstSlot + slot) + 8, next * (BLOCK / BlockFile.SECTOR));
            memory.putU8(STATUS + firstSlot + slot, 0xff);
            ring.publish(slot * DESCRIPTORS);
            available = available + 1 & 0xffff;
        }

        /**
         * As Linux's driver does: takes all that is used, asks to be called for the next, whatever comes of it, looks once more, and
         * has nothing to do; the first {@value #LOOK_NANOSECONDS} ns with open eyes, as KVM lets an idle vCPU (halt_poll_ns), which
         * sees an interrupt without having to be woken.
         */
        private long serve(long end) {
            long count = 0;
            while (System.nanoTime() < end) {
                int before = available;
                while (ring.usedIndex() != used) {
                    int slot = ring.usedId(used) / DESCRIPTORS;
                    if (memory.u8(STATUS + firstSlot + slot) != 0) {
                        throw new IllegalStateException("status " + memory.u8(STATUS + firstSlot + slot));
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
                ring.setUsedEvent(used);
                VarHandle.fullFence();
                long looked = System.nanoTime() + LOOK_NANOSECONDS;
                while (ring.usedIndex() == used && System.nanoTime() - looked < 0) {
                    Thread.onSpinWait();
                }
                if (ring.usedIndex() == used) {
                    call.await(1000);
                }
            }
            return count;
        }
    }
}
