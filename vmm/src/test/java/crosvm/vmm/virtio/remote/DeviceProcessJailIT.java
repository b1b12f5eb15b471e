package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.hosting.DeviceMain;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.module.kind.RngModule;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Our devices in real jails, driven from here as the VMM does it. */
@Timeout(120)
@ExtendWith(JailableClassPath.class)
class DeviceProcessJailIT {
    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x8100;
    private static final long DATA = 0x10000;
    private static final List<String> READING = List.of("preadv", "io_uring_enter");

    @TempDir
    static Path folder;

    private final LoopThread loop = new LoopThread();
    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final RecordedHost host = new RecordedHost();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final DriverQueue ring = new DriverQueue(memory, 0x1000, 64);
    private Path image;
    private Path logFile;
    private Fd log;

    @BeforeEach
    void makesAnImage() throws IOException {
        image = Files.createTempFile(folder, "disk", ".img");
        byte[] content = new byte[64 << 10];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 512);
        }
        Files.write(image, content);
        logFile = Files.createTempFile(folder, "device", ".log");
        log = Fd.owning(LibC.open(NativeBuffer.cString(logFile.toString()), 0x401, 0), "log");
    }

    @AfterEach
    void closes() throws IOException {
        loop.close();
        memory.close();
        kick.close();
        call.close();
        log.close();
        assertThat(Files.readString(logFile)).as("the processes' log").doesNotContain("Exception", "Error");
    }

    private DeviceProcess startDisk(BlockFile disk) {
        return DeviceProcess.start(diskProgram(disk, VhostUserServer.Memory.SEALED));
    }

    private DeviceProgram diskProgram(BlockFile disk, VhostUserServer.Memory memory) {
        return new DeviceProgram(
                "root",
                1,
                DeviceMain.class,
                HandedDevice.arguments(
                        memory,
                        List.of(new HandedDevice<>(
                                new BlkModule(), new BlkModule.Parts("root", false, disk.file()), null))),
                policy("block_device"),
                log,
                List.of(disk.file()));
    }

    /** The disk's policy without reading, as a person would write it who forgot. */
    private static DeviceProgram cannotRead(DeviceProgram disk, JailPolicy.OnViolation onViolation) {
        Policy whole = disk.policy().policy();
        Policy lacking = new Policy(
                whole.name(),
                whole.defaultAction(),
                whole.rules().stream()
                        .filter(rule -> !READING.contains(rule.syscall().name()))
                        .toList(),
                List.of(),
                whole.files());
        return new DeviceProgram(
                disk.name(),
                1,
                disk.main(),
                disk.arguments(),
                new JailPolicy(lacking, onViolation),
                disk.log(),
                disk.descriptors());
    }

    private static JailPolicy policy(String name) {
        return new JailPolicy(Policy.load(PolicySource.bundled(), name + ".policy"), JailPolicy.OnViolation.KILL);
    }

    private VhostUserBackend drive(DeviceProcess process, RemoteDevice device) {
        VhostUserBackend backend = process.connect(0, device, loop.loop, deaths::add);
        backend.listen(host);
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features());
        backend.startQueue(0, ring.vring(), kick, call);
        return backend;
    }

    private static RemoteDevice disk() {
        return RemoteDevice.of(DeviceType.BLOCK, "blk root", 1, 256, 60);
    }

    private void request(int type, long sector, boolean dataIn) {
        memory.putU32(HEADER, type);
        memory.putU64(HEADER + 8, sector);
        memory.putU8(STATUS, 0xff);
        ring.setUsedEvent(ring.usedIndex());
        ring.offer(out(HEADER, 16), dataIn ? in(DATA, 512) : out(DATA, 512), in(STATUS, 1));
        kick.signal();
        ring.awaitUsed();
        assertThat(memory.u8(STATUS)).isZero();
        assertThat(call.await(5000)).isPositive();
    }

    @Test
    void servesADiskFromTheJail() throws IOException {
        BlockFile disk = BlockFile.open(image, false);
        try (DeviceProcess process = startDisk(disk)) {
            disk.close(); // The lock and the file live on in the process.
            try (VhostUserBackend backend = drive(process, disk())) {
                assertThat(backend.readConfig(0, 8)).as("capacity").isEqualTo(128);
                String status =
                        Files.readString(Path.of("/proc/" + process.jail().pid().orElseThrow() + "/status"));
                assertThat(status).contains("Seccomp:\t2\n", "NoNewPrivs:\t1\n", "CapBnd:\t0000000000000000\n");
                for (int i = 0; i < 2000; i++) {
                    request(0, i % 128, true);
                    assertThat(memory.u8(DATA + 511)).isEqualTo(i % 128);
                }
                memory.putU8(DATA, 0xab);
                request(1, 3, false);
                request(4, 0, true);
                assertThat(Files.readAllBytes(image)[3 * 512]).isEqualTo((byte) 0xab);
                backend.reset();
                assertThat(deaths).isEmpty();
            }
            assertThat(process.jail().launcher().await(5000)).isEqualTo(new ProcessExit(0, 0));
        }
        BlockFile.open(image, false).close(); // The lock has gone with the process.
    }

    @Test
    void leavesTheImageUnlockedWhenItsProcessHadToBeKilled() {
        for (int i = 0; i < 5; i++) {
            BlockFile disk = BlockFile.open(image, false);
            DeviceProcess process = startDisk(disk);
            disk.close();
            drive(process, disk());
            process.jail().close(); // Kills it; the lock goes when its memory has been freed, not with its launcher.
            BlockFile.open(image, false).close();
            process.close();
        }
    }

    /** The kernel keeps the process to its image's size, which a resize changes before it tells the device. */
    @Test
    void writesNoFurtherThanItsImageAndFurtherOnceThatHasGrown() throws Exception {
        try (BlockFile disk = BlockFile.open(image, false);
                DeviceProcess process = startDisk(disk);
                VhostUserBackend backend = drive(process, disk())) {
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(1 << 20);
            }
            backend.refresh();
            assertThat(status(1, 1000))
                    .as("behind the end that it was started with")
                    .isEqualTo(1);
            process.limitFiles(1 << 20);
            assertThat(status(1, 1000)).isZero();
            assertThat(status(13, 1000)).as("zeroes by writing").isZero();
        }
        assertThat(deaths).isEmpty();
    }

    /** @return of a request that writes one sector */
    private int status(int type, long sector) {
        memory.putU32(HEADER, type);
        memory.putU64(HEADER + 8, type == 13 ? 0 : sector);
        memory.putU8(STATUS, 0xff);
        memory.putU64(DATA, sector);
        memory.putU64(DATA + 8, 1);
        ring.offer(out(HEADER, 16), out(DATA, type == 13 ? 16 : 512), in(STATUS, 1));
        kick.signal();
        ring.awaitUsed();
        return memory.u8(STATUS);
    }

    @Test
    void servesRandomBytesFromTheJail() {
        try (DeviceProcess process = DeviceProcess.start(new DeviceProgram(
                        "rng",
                        1,
                        DeviceMain.class,
                        HandedDevice.arguments(
                                VhostUserServer.Memory.SEALED,
                                List.of(new HandedDevice<>(new RngModule(), new RngModule.Parts(), null))),
                        policy("rng_device"),
                        log,
                        List.of()));
                VhostUserBackend backend = drive(process, RemoteDevice.of(DeviceType.RNG, "rng", 1, 256, 0))) {
            ring.offer(in(DATA, 64));
            kick.signal();
            assertThat(ring.awaitUsed()).isEqualTo(64);
            assertThat(memory.u64(DATA) | memory.u64(DATA + 8)).isNotZero();
            assertThat(backend.isDead()).isFalse();
        }
        assertThat(deaths).isEmpty();
    }

    @Test
    void tellsHowAProcessDied() throws Exception {
        try (BlockFile disk = BlockFile.open(image, false);
                DeviceProcess process = startDisk(disk);
                VhostUserBackend backend = drive(process, disk())) {
            request(0, 1, true);
            ProcessHandle.of(process.jail().pid().orElseThrow()).orElseThrow().destroyForcibly();
            assertThat(host.awaitFailure()).contains("hung up");
            for (int i = 0; i < 30000 && deaths.isEmpty(); i++) {
                Thread.sleep(1);
            }
            assertThat(deaths).hasSize(1);
            assertThat(deaths.get(0)).matches("blk root: device process [0-9]+ \\(root\\) was killed \\(SIGKILL\\).*");
            assertThat(backend.stopQueue(0)).as("as far as it got").isEqualTo(1);
        }
    }

    @Test
    void namesTheCallThatThePolicyForbids() throws Exception {
        try (BlockFile disk = BlockFile.open(image, false);
                DeviceProcess process = DeviceProcess.start(
                        cannotRead(diskProgram(disk, VhostUserServer.Memory.SEALED), JailPolicy.OnViolation.KILL));
                VhostUserBackend backend = drive(process, disk())) {
            offerRead();
            assertThat(host.awaitFailure()).contains("hung up");
            for (int i = 0; i < 30000 && deaths.isEmpty(); i++) {
                Thread.sleep(1);
            }
            assertThat(deaths).hasSize(1);
            assertThat(deaths.get(0))
                    .matches("blk root: device process [0-9]+ \\(root\\) was killed for the system call"
                            + " (preadv|io_uring_enter)\\(0x[0-9a-f]+, 0x[0-9a-f]+, .*\\), which block_device.policy"
                            + " forbids; \"(preadv|io_uring_enter): 1\" there would allow it");
            assertThat(memory.u8(STATUS)).as("the call was not carried out").isEqualTo(0xff);
            assertThat(backend.isDead()).isTrue();
        }
    }

    @Test
    void carriesOutTheCallWhenViolationsAreOnlyLogged() throws Exception {
        try (BlockFile disk = BlockFile.open(image, false);
                DeviceProcess process = DeviceProcess.start(
                        cannotRead(diskProgram(disk, VhostUserServer.Memory.SEALED), JailPolicy.OnViolation.LOG));
                VhostUserBackend backend = drive(process, disk())) {
            request(0, 1, true);
            assertThat(memory.u8(DATA)).isEqualTo(1);
            assertThat(backend.isDead()).isFalse();
        }
        assertThat(deaths).isEmpty();
    }

    private void offerRead() {
        memory.putU32(HEADER, 0);
        memory.putU64(HEADER + 8, 1);
        memory.putU8(STATUS, 0xff);
        ring.offer(out(HEADER, 16), in(DATA, 512), in(STATUS, 1));
        kick.signal();
    }

    /** What an unsealed memfd of a foreign front-end can do: end the back-end or break its ring, no more. */
    @Test
    void survivesOrEndsWhenAForeignFrontEndTruncatesItsMemory() throws Exception {
        int number = ErrnoException.check(LibC.memfd_create(NativeBuffer.cString("unsealed"), 1), "memfd_create");
        List<UnixSocket> pair = UnixSocket.pair("foreign");
        try (Fd file = Fd.owning(number, "unsealed");
                BlockFile disk = BlockFile.open(image, false)) {
            LibC.ftruncate(number, 1 << 20);
            try (GuestMemory theirs = GuestMemory.map(List.of(new GuestMemory.Source(0, 1 << 20, file, 0)));
                    JailedProcess jail =
                            DeviceProcess.serve(diskProgram(disk, VhostUserServer.Memory.ANY), List.of(pair.get(1)))) {
                pair.get(1).close();
                jail.closeDoor(30_000);
                RawFrontEnd frontEnd = new RawFrontEnd(new Connection(pair.get(0)));
                frontEnd.send(Request.SET_FEATURES.number(), Message.u64(Feature.VERSION_1));
                MemoryTable table = new MemoryTable(List.of(new MemoryTable.Region(0, 1 << 20, 0, 0)));
                frontEnd.send(Request.SET_MEM_TABLE.number(), table.encode(), file);
                DriverQueue queue = new DriverQueue(theirs, 0x1000, 16);
                frontEnd.send(Request.SET_VRING_NUM.number(), new VringState(0, 16).encode());
                frontEnd.send(
                        Request.SET_VRING_ADDR.number(),
                        new VringAddress(0, 0, queue.descriptors, queue.used, queue.available, 0).encode());
                frontEnd.send(Request.SET_VRING_KICK.number(), Message.u64(0), kick.fd());
                frontEnd.ask(Request.GET_FEATURES, Message.payload(0));
                LibC.ftruncate(number, 0);
                kick.signal();
                frontEnd.send(Request.GET_VRING_BASE.number(), new VringState(0, 0).encode());
                pair.get(0).awaitReadable(5000);
                frontEnd.close();
                ProcessExit status = jail.launcher().await(10_000);
                assertThat(status).as("it must not hang").isNotNull();
            }
        }
        pair.get(0).close();
        Files.writeString(logFile, ""); // A crash report is to be expected.
    }
}
