package crosvm.vmm.module.kind;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newContext;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.newPipe;
import static crosvm.vmm.device.wl.WlDriver.send;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.WaylandSpec;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.device.wl.WlDriver;
import crosvm.vmm.hosting.DeviceMain;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.Companion;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.host.VhostUserServer;
import crosvm.vmm.virtio.remote.DeviceProcess;
import crosvm.vmm.virtio.remote.DeviceProgram;
import crosvm.vmm.virtio.remote.LoopThread;
import crosvm.vmm.virtio.remote.RemoteDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * virtio-wl in a real jail with its real policy: whatever it does that the policy forbids kills it. {@code
 * -Dcrosvm.wl.cycles=10000} makes more buffers.
 */
@Timeout(300)
@ExtendWith(JailableClassPath.class)
class WlJailIT {
    private static final int CYCLES = Integer.getInteger("crosvm.wl.cycles", 2_000);
    private static final int RESP_OK = 4096;
    private static final int RESP_VFD_NEW = 4097;
    private static final int RESP_ERR = 4352;
    private static final int RESP_OUT_OF_MEMORY = 4353;
    private static final int RESP_INVALID_TYPE = 4355;
    private static final int VFD_NEW = 256;
    private static final int VFD_RECV = 259;
    private static final int VFD_HUP = 262;
    private static final int READ = 2;
    /** Of the vfds that a guest may have. */
    private static final int HALF = 512;

    @TempDir
    private Path folder;

    private final LoopThread loop = new LoopThread();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private final SharedWindow window =
            new SharedWindow((slot, address, size, host, readOnly) -> {}, 4L << 30, 4L << 30, 8);
    private Fd log;
    private Companion companion;
    private DeviceProcess process;
    private WlDriver driver;

    private void start(Path socket) throws IOException {
        start(socket, new WlModule().heldDescriptors());
    }

    private void start(Path socket, int descriptors) throws IOException {
        Path file = Files.createFile(folder.resolve("log"));
        log = Fd.open(file.toString(), Fd.O_RDWR);
        WlModule.Parts parts = new WlModule().open(new WaylandSpec(socket, null, 63));
        companion = Objects.requireNonNull(parts.companion());
        companion.start(window);
        List<HandedDevice<?>> devices = List.of(new HandedDevice<>(new WlModule(), parts, null));
        process = DeviceProcess.start(new DeviceProgram(
                "wl",
                1,
                DeviceMain.class,
                HandedDevice.arguments(VhostUserServer.Memory.SEALED, devices),
                new JailPolicy(Policy.load(PolicySource.bundled(), "wl_device.policy"), JailPolicy.OnViolation.KILL),
                log,
                HandedDevice.descriptors(devices),
                JailLimits.of(HandedDevice.descriptors(devices))
                        .withFiles(new WlModule().writtenFileBytes())
                        .withDescriptors(descriptors)));
        parts.close();
        RemoteDevice device = RemoteDevice.of(DeviceType.WAYLAND, "wl", 2, 256, 0);
        driver = new WlDriver(process.connect(0, device, loop.loop, deaths::add), Feature.VERSION_1);
    }

    @AfterEach
    void closes() throws IOException {
        if (driver != null) {
            driver.close();
            process.close();
            companion.close();
        }
        loop.close();
        if (log != null) {
            log.close();
            assertThat(Files.readString(folder.resolve("log")))
                    .as("the process's log")
                    .doesNotContain("Exception", "Error");
        }
    }

    @Test
    void leavesNothingBehindAfterThousandsOfBuffers() throws IOException {
        Path socket = folder.resolve("wayland-0");
        try (FakeCompositor compositor = new FakeCompositor(socket)) {
            start(socket);
            WlCycles.connect(driver);
            WlCycles.run(driver, CYCLES / 10);
            long descriptors = descriptors();
            long before = residentKib();
            WlCycles.run(driver, CYCLES);
            long after = residentKib();
            assertThat(descriptors()).as("descriptors of the device process").isEqualTo(descriptors);
            assertThat(after).as("KiB of the device process").isLessThan(before + 8192);
            assertThat(compositor.filesSeen).hasValue(CYCLES + CYCLES / 10);
            assertThat(window.count()).isZero();
            assertThat(deaths).isEmpty();
        }
    }

    @Test
    void givesTheGuestAllTheBuffersAndPipesThatItMayHave() throws IOException {
        Path socket = folder.resolve("wayland-0");
        try (FakeCompositor compositor = new FakeCompositor(socket)) {
            start(socket);
            for (int id = 1; id <= 2 * HALF; id++) {
                ByteBuffer made = driver.command(id <= HALF ? newMemory(id, 4096) : newPipe(id, id % 2 + 1));
                assertThat(made.getInt(0)).as("vfd %d", id).isEqualTo(RESP_VFD_NEW);
            }
            assertThat(driver.command(newMemory(2 * HALF + 1, 4096)).getInt(0)).isEqualTo(RESP_OUT_OF_MEMORY);
            assertThat(window.count()).isEqualTo(HALF);
            assertThat(driver.plain(close(1))).isEqualTo(RESP_OK);
            WlCycles.connect(driver); // Its vfd is number 1.
            assertThat(compositor.filesSeen).hasValue(0);
            assertThat(deaths).isEmpty();
        }
    }

    /** On a host whose hard limit (ulimit -Hn) is lower than what the process would need. */
    @Test
    void goesOnAfterTheProcessHadNoDescriptorLeft() throws IOException {
        Path socket = folder.resolve("wayland-0");
        try (FakeCompositor compositor = new FakeCompositor(socket)) {
            start(socket, 0);
            int made = 0;
            while (driver.command(newMemory(made + 1, 4096)).getInt(0) == RESP_VFD_NEW) {
                made++;
            }
            assertThat(made).isBetween(100, 255);
            assertThat(window.count())
                    .as("what could not be told of is taken back")
                    .isEqualTo(made);
            assertThat(driver.command(newMemory(made + 1, 4096)).getInt(0)).isEqualTo(RESP_OUT_OF_MEMORY);
            for (int id = 1; id <= made; id++) {
                assertThat(driver.plain(close(id))).isEqualTo(RESP_OK);
            }
            assertThat(window.count()).isZero();
            WlCycles.connect(driver);
            WlCycles.run(driver, 10);
            assertThat(compositor.filesSeen).hasValue(10);
            assertThat(deaths).isEmpty();
        }
    }

    @Test
    void doesAllItsWorkInTheJail() throws IOException {
        Path socket = folder.resolve("wayland-0");
        Path unsealed = Files.write(folder.resolve("keymap"), new byte[100_000]);
        try (UnixSocket listener = UnixSocket.listen(socket.toString())) {
            start(socket);
            listener.accept().close(); // The main process has looked whether we are there.
            assertThat(driver.command(newContext(1)).getInt(0)).isEqualTo(RESP_VFD_NEW);
            UnixSocket compositor = listener.accept();
            driver.post(8, 4096);
            try (Fd keymap = Fd.open(unsealed.toString(), Fd.O_RDONLY);
                    Pipe pipe = Pipe.create("paste")) {
                NativeBuffer byteOfData = NativeBuffer.allocate(1);
                compositor.send(byteOfData, 0, 1, List.of(keymap, pipe.writer()));
            }
            assertThat(type(driver.told())).isEqualTo(VFD_NEW);
            int paste = driver.told().getInt(8);
            assertThat(type(driver.told())).isEqualTo(VFD_RECV);
            assertThat(type(driver.told())).as("nobody reads the pipe").isEqualTo(VFD_HUP);
            assertThat(driver.plain(close(paste))).isEqualTo(RESP_OK);

            driver.command(newMemory(2, 4096));
            driver.command(newPipe(3, READ));
            assertThat(driver.plain(send(1, "along".getBytes(StandardCharsets.UTF_8), 2, 3)))
                    .isEqualTo(RESP_OK);
            List<Fd> fds = new ArrayList<>();
            NativeBuffer data = NativeBuffer.allocate(4096);
            assertThat(compositor.awaitReadable(10_000)).isTrue();
            assertThat(compositor.receive(data, 0, data.size(), fds)).isEqualTo(5);
            assertThat(fds).hasSize(2);
            fds.forEach(Fd::close);
            assertThat(type(driver.told())).as("the pipe's writer has gone").isEqualTo(VFD_HUP);

            driver.offerMegabytes(1, 3);
            driver.awaitNoAnswer(500);
            compositor.close();
            for (int i = 0; i < 3; i++) {
                assertThat(driver.nextAnswer()).isEqualTo(RESP_INVALID_TYPE);
            }
            assertThat(type(driver.told())).isEqualTo(VFD_HUP);
            assertThat(driver.plain(close(1))).isEqualTo(RESP_OK);
            listener.fd().close();
            assertThat(driver.plain(newContext(4))).as("nobody listens").isEqualTo(RESP_ERR);
            assertThat(driver.command(newMemory(5, 4096)).getInt(0)).isEqualTo(RESP_VFD_NEW);
            assertThat(deaths).isEmpty();
        }
    }

    @Test
    void takesTheMemoryBackWhenTheDeviceDies() throws IOException, InterruptedException {
        Path socket = folder.resolve("wayland-0");
        try (FakeCompositor compositor = new FakeCompositor(socket)) {
            start(socket);
            WlCycles.connect(driver);
            driver.command(newMemory(2, 4096));
            assertThat(window.count()).isEqualTo(1);
            ProcessHandle.of(process.jail().pid().orElseThrow()).orElseThrow().destroyForcibly();
            for (int i = 0; i < 10_000 && (deaths.isEmpty() || window.count() > 0); i++) {
                Thread.sleep(1);
            }
            assertThat(deaths).hasSize(1);
            assertThat(window.count()).isZero();
            assertThat(compositor.filesSeen).hasValue(0);
        }
    }

    private static int type(ByteBuffer message) {
        return message.getInt(0);
    }

    private Path proc(String file) {
        return Path.of("/proc", Integer.toString(process.jail().pid().orElseThrow()), file);
    }

    private long descriptors() throws IOException {
        try (var files = Files.list(proc("fd"))) {
            return files.count();
        }
    }

    private long residentKib() throws IOException {
        return Files.readAllLines(proc("status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
