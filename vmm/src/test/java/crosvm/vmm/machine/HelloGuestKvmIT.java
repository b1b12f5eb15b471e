package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.VmmException;
import crosvm.vmm.boot.hello.HelloGuest;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.linux.Terminal;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.metrics.QueueStats;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The built-in guest on a whole machine of ours, its devices in jails: what it says is what the machine is. */
@Timeout(120)
@ExtendWith(JailableClassPath.class)
class HelloGuestKvmIT {
    private MachineStats stats;
    private boolean running;
    private Runnable onBuilt = () -> {};

    /** Device processes that are begun before the machine is built. */
    private int begun;

    private static final Pattern RANDOM =
            Pattern.compile("1af4:1044 virtio entropy source, random bytes:((?: [0-9a-f]{2}){16})\r\n");

    @TempDir
    Path folder;

    @BeforeAll
    static void needsKvm() {
        TinyGuest.assumeKvm();
    }

    @Test
    void greetsTellsWhatItSeesAndSwitchesTheMachineOff() throws Exception {
        disk("disk.img", "Sixteen letters, and more", 96 << 10);
        String output = run("""
                kernel: {builtin: hello}
                memory: 64MiB
                cpus: 2
                disks: [{path: disk.img}]
                balloon: false
                """);
        assertThat(output)
                .contains("Hello from a guest inside crosvm!\r\n")
                .contains("Command line: console=ttyS0 reboot=k panic=1\r\n")
                .contains("Memory: 64 MiB\r\n")
                .contains("Processors: 2\r\n")
                .contains("  00:00.0 1b36:0008 host bridge\r\n")
                .contains("  00:01.0 1af4:1042 virtio disk, 96 KiB, first bytes:"
                        + " 53 69 78 74 65 65 6e 20 6c 65 74 74 65 72 73 2c |Sixteen letters,|\r\n")
                .contains("  00:02.0 1af4:1044 virtio entropy source")
                .endsWith(HelloGuest.LAST_LINE + "\r\n");
    }

    @Test
    void drawsOtherRandomBytesEachTime() throws Exception {
        String yaml = "kernel: {builtin: hello}\nballoon: false\n";
        assertThat(randomBytes(run(yaml))).isNotEqualTo(randomBytes(run(yaml)));
    }

    @Test
    void readsEveryDiskOfAMachineWithMemoryAboveThePciHole() throws Exception {
        StringBuilder disks = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            disk("disk" + i, "this is disk " + i, 512);
            disks.append(i == 0 ? "" : ", ").append("{path: disk" + i + ", readOnly: " + (i % 2 == 0) + "}");
        }
        String output = run("kernel: {builtin: hello}\nmemory: 6GiB\ncpus: 8\nrng: false\nballoon: false\ndisks: ["
                + disks + "]\n");
        assertThat(output).contains("Memory: 6144 MiB\r\n").contains("Processors: 8\r\n");
        for (int i = 0; i < 8; i++) {
            assertThat(output).contains("|this is disk " + i + "..|");
        }
    }

    @Test
    void findsTheSameDevicesAndFiguresOnThreadsInOneProcessAndInSeveral() throws Exception {
        disk("disk.img", "Sixteen letters, and more", 96 << 10);
        String yaml = "kernel: {builtin: hello}\ndisks: [{path: disk.img}]\nballoon: false\nsandbox: ";
        for (String sandbox : List.of("off", "{devices: {rng: thread}}", "{groups: {both: [rng, blk]}}")) {
            assertThat(run(yaml + sandbox + "\n"))
                    .as(sandbox)
                    .contains("|Sixteen letters,|")
                    .containsPattern(RANDOM);
            assertThat(counted("rng")).as(sandbox).isEqualTo("1 requests, 0 read, 16 written");
            assertThat(counted("disk0")).as(sandbox).isEqualTo("1 requests, 16 read, 513 written");
            assertThat(stats.vcpus().get(0).exits())
                    .as("every character on COM1 is an exit")
                    .containsKey("io");
        }
    }

    @Test
    void greetsWhileItsDevicesStartAndWaitsForThoseItTouches() throws Exception {
        StringBuilder disks = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            disk("disk" + i, "this is disk " + i, 512);
            disks.append(i == 0 ? "" : ", ").append("{path: disk" + i + "}");
        }
        begun = 1;
        String output = run("kernel: {builtin: hello}\nballoon: false\ndisks: [" + disks + "]\n");
        for (int i = 0; i < 3; i++) {
            assertThat(output).contains("|this is disk " + i + "..|");
        }
        assertThat(output).containsPattern(RANDOM);
    }

    @Test
    void tellsOfADeviceThatDoesNotStartThoughTheGuestRan() throws Exception {
        disk("disk.img", "Sixteen letters, and more", 512);
        Set<Long> before = children();
        onBuilt = () -> ProcessHandle.current()
                .children()
                .filter(child -> !before.contains(child.pid()))
                .forEach(ProcessHandle::destroyForcibly);
        assertThatThrownBy(() -> run(
                        "kernel: {builtin: hello}\nrng: false\nballoon: false\ndisks: [{id: data, path: disk.img}]\n"))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("device process data was ended by SIGKILL before it was ready");
        assertThat(running).as("told that it runs").isFalse();
        assertThat(children()).isEqualTo(before);
    }

    private static Set<Long> children() {
        return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    /** What the last run's device did: requests, bytes in and out, and that all have a place in the histogram. */
    private String counted(String device) {
        QueueStats queue = stats.devices().stream()
                .filter(some -> some.id().equals(device))
                .findFirst()
                .orElseThrow()
                .queues()
                .get(0);
        assertThat(queue.buckets().stream().mapToLong(Long::longValue).sum()).isEqualTo(queue.requests());
        assertThat(queue.nanoseconds()).isPositive();
        return queue.requests() + " requests, " + queue.readBytes() + " read, " + queue.writtenBytes() + " written";
    }

    private static String randomBytes(String output) {
        Matcher matcher = RANDOM.matcher(output);
        assertThat(matcher.find()).as(output).isTrue();
        return matcher.group(1);
    }

    private void disk(String name, String beginning, int size) throws IOException {
        byte[] bytes = new byte[size];
        byte[] text = beginning.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, 0, text.length);
        Files.write(folder.resolve(name), bytes);
    }

    private String run(String yaml) throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        var spec = SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", yaml, folder)
                .orThrow();
        Shutdown shutdown;
        DeviceGraph graph = DeviceModules.plan(spec);
        try (WaitingDevices waiting = WaitingDevices.of(graph, begun);
                Terminal terminal = Terminal.of(0);
                Machine machine = MachineBuilder.build(
                        graph,
                        ConsoleTargets.onTerminal(terminal, Channels.newChannel(output)),
                        null,
                        Credentials.of(Map.of()),
                        NetworkPorts.NONE,
                        waiting)) {
            onBuilt.run();
            shutdown = machine.run(() -> running = true);
            stats = machine.stats();
        }
        String text = output.toString(StandardCharsets.US_ASCII);
        assertThat(shutdown.reason()).as(shutdown.detail() + text).isEqualTo(Shutdown.Reason.POWER_OFF);
        return text;
    }
}
