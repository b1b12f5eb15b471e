package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A machine with jailed devices started as people start it, and what becomes of it when a device process does. */
@Timeout(120)
class JailedMachineKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    @TempDir
    Path folder;

    private Process vmm;
    private List<ProcessHandle> family = List.of();

    @BeforeEach
    void needsKvm() {
        KvmMachines.assumeKvm();
    }

    /** Nothing is left, whatever happened: neither a process nor a zombie of ours. */
    @AfterEach
    void leavesNothing() throws Exception {
        if (vmm == null) {
            return;
        }
        boolean running = vmm.isAlive();
        vmm.destroyForcibly().waitFor();
        awaitEnd(family);
        assertThat(running).as("the VMM itself is to be ended by the test").isFalse();
    }

    private static void awaitEnd(List<ProcessHandle> processes) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (processes.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(processes).as("left after a minute").noneMatch(ProcessHandle::isAlive);
    }

    private void start(String sandbox) throws Exception {
        start("""
                memory: 32MiB
                balloon: false
                disks: [{id: data, path: disk.img, readOnly: false}]
                """, "sandbox: " + sandbox + "\n");
    }

    private void start(String fields, String more) throws Exception {
        begin(fields, more);
        awaitRunning();
    }

    private void begin(String fields, String more) throws Exception {
        Files.write(folder.resolve("kernel"), TinyKernel.elf(TinyKernel.SPIN));
        Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        Path spec = Files.writeString(folder.resolve("vm.yaml"), "name: test\nkernel: kernel\n" + fields + more);
        vmm = new ProcessBuilder(List.of(LAUNCHER.toString(), "up", spec.toString()))
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        while (vmm.isAlive() && Files.size(folder.resolve("out")) == 0) {
            Thread.sleep(20);
        }
        assertThat(folder.resolve("out")).as(said()).hasContent("R");
    }

    /** The guest may have come before its devices. */
    private void awaitRunning() throws Exception {
        StateFolders folders = StateFolders.of(System.getenv());
        while (vmm.isAlive()
                && folders.all().stream()
                        .noneMatch(state -> state.process().pid() == vmm.pid() && state.phase() == Phase.RUNNING)) {
            Thread.sleep(20);
        }
        family = vmm.descendants().toList();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("err"));
    }

    /** The process that {@code unshare} has forked: the device's own. */
    private ProcessHandle device(String id) {
        return family.stream()
                .filter(process -> process.info().command().orElse("").endsWith("/java"))
                .filter(process -> commandLine(process).contains("\0" + id + "\0"))
                .findFirst()
                .orElseThrow();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException e) {
            return "";
        }
    }

    private static void signal(String name, long pid) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            KILL | data | blk data: device process [0-9]+ \\(data\\) was killed.*
            KILL | rng  | rng: device process [0-9]+ \\(rng\\) was killed.*
            SEGV | data | blk data: device process [0-9]+ \\(data\\) was killed \\(SIGKILL\\), or crashed if there is a crash report above
            STOP | data | blk data: device process [0-9]+ \\(data\\) was stopped \\(SIGSTOP\\) from outside and was killed
            STOP | rng  | rng: device process [0-9]+ \\(rng\\) was stopped .*
            """)
    void endsWithOneLineWhenADeviceProcessDies(String signal, String device, String line) throws Exception {
        start("on");
        signal(signal, device(device).pid());
        assertThat(vmm.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
        assertThat(vmm.exitValue()).isEqualTo(1);
        assertThat(said().lines().filter(text -> text.contains("device process")))
                .as(said())
                .singleElement()
                .asString()
                .containsPattern(line);
        awaitEnd(family);
    }

    /** As many disks as a spec may have; the JVM's threads and those of the devices are counted together. */
    @Test
    void startsAllDisksOfASpecInOneProcess() throws Exception {
        StringJoiner disks = new StringJoiner(", ", "disks: [", "]\n");
        StringJoiner group = new StringJoiner(", ", "sandbox: {groups: {disks: [", "]}}\n");
        for (int i = 0; i < 31; i++) {
            disks.add("{id: d" + i + ", path: disk.img}");
            group.add("d" + i);
        }
        // A PCI bus has 31 slots: no other device beside them.
        start("memory: 512MiB\nballoon: false\nrng: false\n" + disks, group.toString());
        assertThat(device("d30")).isEqualTo(device("d0"));
        signal("TERM", vmm.pid());
        assertThat(vmm.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
    }

    /** What is open in the process is what {@code crosvm graph --security} says, and what a JVM keeps open of its own. */
    @Test
    void hasTheDescriptorsOfTheJailTableAndNoOthers() throws Exception {
        start("on");
        long pid = device("data").pid();
        List<String> told = jailTable("data").descriptors();
        assertThat(told)
                .containsExactly(
                        "/dev/null",
                        "the log, a pipe",
                        "the log, a pipe",
                        "the door: closing, pulse",
                        "vhost-user of data",
                        folder.resolve("disk.img") + ", to read and write, locked",
                        "the counters of data, to read and write");
        JailTable.assertDescriptors(pid, told.size(), folder);
        signal("TERM", vmm.pid());
        vmm.waitFor();
    }

    /** Line by line: the table as it is printed, and the same lines made of what the kernel shows of the running process. */
    @Test
    void isWhatTheJailTableSays() throws Exception {
        start("on");
        for (String device : List.of("data", "rng")) {
            Map<String, String> printed = jailTable(device).rows();
            Map<String, String> real = new JailInProc(device(device).pid(), vmm.pid()).rows(1 << 20);
            real.forEach((row, value) ->
                    assertThat(printed).as("%s of %s", row, device).containsEntry(row, value));
            assertThat(real).hasSize(7);
        }
        JailInProc disk = new JailInProc(device("data").pid(), vmm.pid());
        String before = disk.rows(1 << 20).get("limits");
        Process resize = new ProcessBuilder(LAUNCHER.toString(), "disk", "resize", "test", "data", "2MiB").start();
        assertThat(resize.waitFor()).isZero();
        assertThat(disk.rows(2 << 20)).as("limits after a resize to 2 MiB").containsEntry("limits", before);
        signal("TERM", vmm.pid());
        vmm.waitFor();
    }

    private JailTable jailTable(String process) throws Exception {
        return JailTable.of(folder.resolve("vm.yaml"), process);
    }

    @Test
    void goesOnWithoutTheDeviceIfAskedTo() throws Exception {
        start("{onFailure: continue}");
        ProcessHandle rng = device("rng");
        signal("KILL", rng.pid());
        awaitEnd(List.of(rng));
        while (!said().contains("continues without this device")) {
            Thread.sleep(20);
        }
        assertThat(vmm.isAlive()).isTrue();
        signal("TERM", vmm.pid());
        assertThat(vmm.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(vmm.exitValue()).isEqualTo(143);
        awaitEnd(family);
    }

    @Test
    void endsAtOnceAlthoughADeviceIsStopped() throws Exception {
        start("on");
        signal("STOP", device("data").pid());
        signal("INT", vmm.pid());
        assertThat(vmm.waitFor(60, TimeUnit.SECONDS)).isTrue();
        awaitEnd(family);
    }

    @Test
    void endsAtOnceAlthoughADeviceIsStoppedBeforeItIsReady() throws Exception {
        begin("memory: 32MiB\nballoon: false\ndisks: [{id: data, path: disk.img}]\n", "");
        family = vmm.descendants().toList();
        for (ProcessHandle process : family) {
            signal("STOP", process.pid());
        }
        signal("INT", vmm.pid());
        assertThat(vmm.waitFor(60, TimeUnit.SECONDS)).as(said()).isTrue();
        assertThat(said()).doesNotContain("device process", "did not end");
        assertThat(vmm.exitValue()).isEqualTo(130);
        awaitEnd(family);
    }

    /** The kernel is read when the device processes have long been begun. */
    @Test
    void leavesNoDeviceProcessWhenTheStartFails() throws Exception {
        String id = "d" + Long.toHexString(System.nanoTime());
        Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        Files.writeString(folder.resolve("kernel"), "not a kernel");
        Path spec = Files.writeString(
                folder.resolve("vm.yaml"), "kernel: kernel\ndisks: [{id: " + id + ", path: disk.img}]\n");
        Process failing = new ProcessBuilder(LAUNCHER.toString(), "up", spec.toString())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        assertThat(failing.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
        assertThat(failing.exitValue()).isEqualTo(1);
        assertThat(said()).contains("kernel: ").doesNotContain("device process");
        awaitEnd(ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains("\0" + id + "\0"))
                .toList());
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void takesAllDevicesAlongWhenItIsKilled(boolean stopped) throws Exception {
        start("on");
        assertThat(family).hasSizeGreaterThan(3);
        if (stopped) {
            signal("STOP", device("data").pid());
        }
        signal("KILL", vmm.pid());
        vmm.waitFor();
        awaitEnd(family);
    }
}
