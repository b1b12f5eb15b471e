package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * {@code JailSoakMain SECONDS}: a jailed disk under reads, writes, flushes and discards for so long, with a full collection every
 * second. Prints how many there were; status 1 when the device died. Run by {@code .ci/soak-jail}.
 */
final class JailSoakMain {
    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x8100;
    private static final long DATA = 0x10000;
    private static final int SECTORS = 8192;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int FLUSH = 4;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final DriverQueue ring = new DriverQueue(memory, 0x1000, 64);
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final Random random = new Random(1);

    private JailSoakMain() {}

    public static void main(String[] arguments) throws Exception {
        long seconds = Long.parseLong(arguments[0]);
        JailableClassPath classPath = new JailableClassPath();
        classPath.beforeAll(null);
        int status = 1;
        try {
            status = new JailSoakMain().soak(seconds);
        } finally {
            classPath.afterAll(null);
            Runtime.getRuntime().halt(status);
        }
    }

    private int soak(long seconds) throws Exception {
        Path image = Files.createTempFile("soak", ".img");
        Files.write(image, new byte[SECTORS * BlockFile.SECTOR]);
        try (LoopThread loop = new LoopThread();
                BlockFile disk = BlockFile.open(image, false);
                DeviceProcess process = DeviceProcess.start(new DeviceProgram(
                        "soak",
                        1,
                        GcDeviceMain.class,
                        List.of("SEALED", "1", "blk", "1", "2", "soak", "rw"),
                        new JailPolicy(
                                Policy.load(PolicySource.bundled(), "block_device.policy"),
                                JailPolicy.OnViolation.KILL),
                        Fd.owning(2, "standard error"),
                        List.of(disk.file())));
                VhostUserBackend backend = process.connect(
                        0, RemoteDevice.of(DeviceType.BLOCK, "blk soak", 1, 256, 60), loop.loop, deaths::add)) {
            backend.listen(new RecordedHost());
            backend.setMemory(memory);
            backend.acceptFeatures(backend.features());
            backend.startQueue(0, ring.vring(), kick, call);
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            long count = 0;
            while (System.nanoTime() < end && deaths.isEmpty()) {
                request();
                count++;
            }
            System.out.println("JDK " + Runtime.version() + ": " + count + " requests in " + seconds + " s; "
                    + (deaths.isEmpty() ? "no violation" : deaths.get(0)));
        } finally {
            Files.delete(image);
        }
        return deaths.isEmpty() ? 0 : 1;
    }

    private void request() {
        int type = random.nextInt(50) == 0 ? FLUSH : random.nextBoolean() ? READ : WRITE;
        memory.putU32(HEADER, type);
        memory.putU64(HEADER + 8, type == FLUSH ? 0 : random.nextInt(SECTORS - 8));
        memory.putU8(STATUS, 0xff);
        ring.setUsedEvent(ring.usedIndex());
        ring.offer(out(HEADER, 16), type == READ ? in(DATA, 4096) : out(DATA, 4096), in(STATUS, 1));
        kick.signal();
        while (call.await(1000) == 0 && deaths.isEmpty()) {
            // A collection on a busy machine.
        }
        ring.awaitUsed();
        if (deaths.isEmpty() && memory.u8(STATUS) != 0) {
            throw new IllegalStateException("request of type " + type + " ended with status " + memory.u8(STATUS));
        }
    }
}
