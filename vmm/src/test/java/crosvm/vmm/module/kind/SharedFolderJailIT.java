package crosvm.vmm.module.kind;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.ShareSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A share by the virtiofsd of this machine, driven by a few FUSE requests written by hand. */
@Timeout(120)
class SharedFolderJailIT {
    private static final int FUSE_LOOKUP = 1;
    private static final int FUSE_INIT = 26;
    private static final int FUSE_CREATE = 35;
    private static final long ROOT = 1;
    private static final long REQUEST = 0x10000;
    private static final long REPLY = 0x20000;
    private static final int IN_HEADER = 40;
    private static final int OUT_HEADER = 16;

    @TempDir
    Path folder;

    private final EventLoop loop = new EventLoop("test");
    private final Thread loopThread = new Thread(loop::run);
    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final EventFd kick = EventFd.create("kick");
    private final EventFd call = EventFd.create("call");
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final RecordedHost host = new RecordedHost();
    private DriverQueue ring;
    private long unique;

    @BeforeEach
    void needsVirtiofsd() {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/lib/qemu/virtiofsd"))
                        || Files.isExecutable(Path.of("/usr/libexec/virtiofsd")),
                "no virtiofsd");
        loopThread.start();
    }

    @AfterEach
    void closes() throws InterruptedException {
        loop.stop();
        loopThread.join();
        loop.close();
        memory.close();
        kick.close();
        call.close();
    }

    private PciFunctionPlan share(boolean readOnly, Path path) {
        String yaml = "kernel: {builtin: hello}\nrng: false\nballoon: false\nshares: [{tag: src, path: " + path
                + ", readOnly: " + readOnly + "}]\n";
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", yaml, folder)
                        .orThrow())
                .pci()
                .get(0);
    }

    private SharedFolder start(PciFunctionPlan plan) {
        return SharedFolder.start((ShareSpec) plan.spec(), plan, loop, deaths::add);
    }

    private VirtioBackend drive(SharedFolder share) {
        VirtioBackend backend = share.connect(loop);
        backend.listen(host);
        backend.setMemory(memory);
        backend.acceptFeatures(backend.features());
        ring = new DriverQueue(memory, 0x1000, 64);
        backend.startQueue(1, ring.vring(), kick, call);
        assertThat(fuse(FUSE_INIT, 0, new byte[] {7, 0, 0, 0, 31, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0}))
                .isZero();
        return backend;
    }

    /** fuse_in_header and what follows; answers the error of fuse_out_header. */
    private int fuse(int opcode, long node, byte[] arguments) {
        byte[] bytes = new byte[IN_HEADER];
        memory.write(REQUEST, bytes, 0, IN_HEADER);
        memory.write(REQUEST + IN_HEADER, arguments, 0, arguments.length);
        memory.putU32(REQUEST, IN_HEADER + arguments.length);
        memory.putU32(REQUEST + 4, opcode);
        memory.putU64(REQUEST + 8, ++unique);
        memory.putU64(REQUEST + 16, node);
        ring.offer(
                out(REQUEST, IN_HEADER),
                out(REQUEST + IN_HEADER, arguments.length),
                in(REPLY, OUT_HEADER),
                in(REPLY + OUT_HEADER, 256));
        kick.signal();
        ring.awaitUsed();
        return memory.u32(REPLY + 4);
    }

    private static byte[] create(String name) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        byte[] arguments = new byte[16 + text.length + 1]; // fuse_create_in: flags, mode, umask, open_flags
        arguments[0] = 0x41; // O_WRONLY | O_CREAT
        arguments[4] = (byte) 0xa4; // 0644
        arguments[5] = (byte) 0x81; // S_IFREG
        System.arraycopy(text, 0, arguments, 16, text.length);
        return arguments;
    }

    @Test
    void showsTheFolderAndTakesFiles() throws Exception {
        Files.writeString(folder.resolve("hello.txt"), "hello");
        try (SharedFolder share = start(share(false, folder));
                VirtioBackend backend = drive(share)) {
            assertThat(backend.readConfig(0, 4)).as("the tag").isEqualTo('s' | 'r' << 8 | 'c' << 16);
            assertThat(backend.readConfig(36, 4)).as("request queues").isEqualTo(1);
            assertThat(fuse(FUSE_LOOKUP, ROOT, "hello.txt\0".getBytes(StandardCharsets.US_ASCII)))
                    .isZero();
            assertThat(fuse(FUSE_LOOKUP, ROOT, "nothing\0".getBytes(StandardCharsets.US_ASCII)))
                    .isEqualTo(-Errno.ENOENT.code());
            assertThat(fuse(FUSE_CREATE, ROOT, create("new.txt"))).isZero();
        }
        assertThat(folder.resolve("new.txt")).exists();
        assertThat(deaths).isEmpty();
    }

    @Test
    void refusesToWriteToAReadOnlyShare() throws Exception {
        Files.writeString(folder.resolve("hello.txt"), "hello");
        try (SharedFolder share = start(share(true, folder));
                VirtioBackend backend = drive(share)) {
            assertThat(fuse(FUSE_LOOKUP, ROOT, "hello.txt\0".getBytes(StandardCharsets.US_ASCII)))
                    .isZero();
            assertThat(fuse(FUSE_CREATE, ROOT, create("new.txt"))).isEqualTo(-Errno.EROFS.code());
            assertThat(backend.name()).isEqualTo("fs src");
        }
        assertThat(folder.resolve("new.txt")).doesNotExist();
        Files.writeString(folder.resolve("still.txt"), "the host writes on");
    }

    @Test
    void tellsHowVirtiofsdDied() throws Exception {
        try (SharedFolder share = start(share(false, folder));
                VirtioBackend backend = drive(share)) {
            ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().commandLine().orElse("").contains("virtiofsd"))
                    .forEach(ProcessHandle::destroyForcibly);
            assertThat(host.awaitFailure()).contains("hung up");
            for (int i = 0; i < 30000 && deaths.isEmpty(); i++) {
                Thread.sleep(1);
            }
            assertThat(deaths)
                    .singleElement()
                    .asString()
                    .matches("fs src: virtiofsd, process [0-9]+, was ended by SIGKILL");
            assertThat(backend.stopQueue(1)).isPositive();
        }
    }

    @Test
    void saysWhatIsWrongWithTheFolder() throws Exception {
        Path nowhere = folder.resolve("nowhere");
        assertThatThrownBy(() -> start(share(true, nowhere)))
                .isInstanceOf(VmmException.class)
                .hasMessage("shares.src.path: " + nowhere + ": does not exist. Create it first (mkdir -p " + nowhere
                        + ") or correct the path");
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> start(share(true, file)))
                .hasMessage("shares.src.path: " + file + ": is not a folder; a share must be a folder");
    }
}
