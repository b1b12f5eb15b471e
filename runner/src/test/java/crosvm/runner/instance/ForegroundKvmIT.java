package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines started as people start them, with guests of a few bytes. */
class ForegroundKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    private static final int[] SPIN = TinyKernel.SPIN;

    /** Writes 0xfe, pulse the reset line, to the keyboard controller's command port. */
    private static final int[] RESET = {0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe};

    @TempDir
    Path folder;

    private Path out;
    private Path err;
    private String name = "test";
    private Map<String, String> environment = Map.of();

    @BeforeEach
    void needsKvm() throws IOException {
        KvmMachines.assumeKvm();
        out = folder.resolve("out");
        err = folder.resolve("err");
    }

    private Process start(int[] code, String more) throws IOException {
        Files.write(folder.resolve("kernel"), TinyKernel.elf(code));
        Path spec = Files.writeString(
                folder.resolve("vm.yaml"), "name: " + name + "\nkernel: kernel\nmemory: 32MiB\n" + more);
        ProcessBuilder builder = new ProcessBuilder(List.of(LAUNCHER.toString(), "up", spec.toString()));
        builder.environment().putAll(environment);
        return builder.redirectInput(
                        ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
    }

    private void awaitOutput(Process process) throws Exception {
        for (int i = 0; i < 600 && process.isAlive() && Files.size(out) == 0; i++) {
            Thread.sleep(50);
        }
        assertThat(out).as("standard error: %s", Files.readString(err)).hasContent("R");
    }

    private int statusOf(Process process) throws InterruptedException {
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue();
    }

    private static void signal(Process process, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .start()
                .waitFor();
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void endsTheMachineOnASignalAndSaysWhich(String name, int status) throws Exception {
        Path disk = folder.resolve("disk.img");
        Files.write(disk, new byte[1 << 20]);
        Process process = start(SPIN, "disks: [{path: disk.img, readOnly: false}]\n");
        awaitOutput(process);
        signal(process, name);
        assertThat(statusOf(process)).isEqualTo(status);
        assertThat(Files.readString(err)).doesNotContain("mistake", "did not end");
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            assertThat(lock).isNotNull();
        }
    }

    @Test
    void tellsItsServiceManagerThatItRunsAndThatItStops() throws Exception {
        try (ServiceManager manager = new ServiceManager(folder.resolve("notify"))) {
            environment = Map.of("NOTIFY_SOCKET", manager.socket().toString());
            Process process = start(SPIN, "");
            assertThat(manager.next(30_000)).isEqualTo("READY=1\nSTATUS=Running");
            awaitOutput(process);
            assertThat(manager.next(0)).isNull();
            signal(process, "TERM");
            assertThat(manager.next(10_000)).isEqualTo("STOPPING=1\nSTATUS=Stopping");
            assertThat(statusOf(process)).isEqualTo(143);
            assertThat(manager.next(0)).isNull();
        }
    }

    @Test
    void tellsItsServiceManagerOfAMachineThatEndsByItself() throws Exception {
        try (ServiceManager manager = new ServiceManager(folder.resolve("notify"))) {
            environment = Map.of("NOTIFY_SOCKET", manager.socket().toString());
            assertThat(statusOf(start(RESET, ""))).isEqualTo(32);
            assertThat(manager.next(0)).isEqualTo("READY=1\nSTATUS=Running");
            assertThat(manager.next(0)).isEqualTo("STOPPING=1\nSTATUS=Stopping");
        }
    }

    @Test
    void tellsOfACrashWithTheRegisters() throws Exception {
        assertThat(statusOf(start(TinyKernel.CRASH, ""))).isEqualTo(33);
        assertThat(Files.readString(err)).contains("crosvm: test: the guest crashed (triple fault)");
    }

    @Test
    void tellsOfAReset() throws Exception {
        assertThat(statusOf(start(RESET, ""))).isEqualTo(32);
        assertThat(Files.readString(err)).contains("crosvm: test: the guest asked for a reset");
    }

    @Test
    void refusesASecondMachineOnAWritableDiskByName() throws Exception {
        Path disk = folder.resolve("disk.img");
        Files.write(disk, new byte[1 << 20]);
        Process first = start(SPIN, "disks: [{path: disk.img, readOnly: false}]\n");
        awaitOutput(first);
        try {
            Path firstOut = out;
            out = folder.resolve("out2");
            err = folder.resolve("err2");
            name = "other";
            assertThat(statusOf(start(SPIN, "disks: [{path: disk.img}]\n"))).isEqualTo(1);
            assertThat(Files.readString(err)).contains(disk.toString());
            assertThat(firstOut).hasContent("R");
        } finally {
            first.destroy();
            statusOf(first);
        }
    }

    @Test
    void tellsOfAKernelThatIsNone() throws Exception {
        Process process = start(SPIN, "");
        awaitOutput(process);
        process.destroy();
        statusOf(process);
        Files.writeString(folder.resolve("kernel"), "#!/bin/sh\necho I am a script\n");
        Path spec = folder.resolve("vm.yaml");
        Process script = new ProcessBuilder(LAUNCHER.toString(), "up", spec.toString())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(statusOf(script)).isEqualTo(1);
        assertThat(Files.readString(err)).contains("crosvm: ", "kernel", "script");
    }
}
