package crosvm.vmm.hosting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.load.SpecLoader;
import crosvm.seccomp.policy.PolicyException;
import crosvm.vmm.LoggedLines;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Device processes that are begun before a machine is built. */
@Timeout(240)
@ExtendWith(JailableClassPath.class)
class WaitingDevicesJailIT {
    private static final JailLimits SMALL = JailLimits.of(List.of());
    private static final int MOMENTS = 4;
    private static final int STEP_MILLISECONDS = 70;

    @TempDir
    Path folder;

    private DeviceGraph graph(String more) throws IOException {
        Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", "kernel: {builtin: hello}\ndisks: [{id: data, path: disk.img}]\n" + more, folder)
                .orThrow());
    }

    private static Set<Long> children() {
        return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    private static VirtioDevices open(
            DeviceGraph graph, EventLoop loop, ResourceStack resources, WaitingDevices waiting) {
        return VirtioDevices.open(
                resources, graph, new AbandonedJailsJailIT.NoPorts(), loop, NetworkPorts.NONE, death -> {}, waiting);
    }

    @Test
    void becomeTheDevicesOfTheirMachineForWhichNoOthersAreStarted() throws Exception {
        DeviceGraph graph = graph("");
        Set<Long> before = children();
        try (EventLoop loop = new EventLoop("waiting");
                ResourceStack resources = new ResourceStack();
                WaitingDevices waiting = WaitingDevices.of(graph, 2)) {
            Set<Long> begun = children();
            assertThat(begun).hasSize(before.size() + 2);
            VirtioDevices devices = open(graph, loop, resources, waiting);
            assertThat(children()).as("until the guest runs").isEqualTo(begun);
            devices.awaitReady();
            assertThat(waiting.isEmpty()).isTrue();
            assertThat(children()).isEqualTo(begun);
        }
        assertThat(children()).isEqualTo(before);
    }

    @Test
    void leaveThoseThatTheyDoNotSufficeForToBeStartedWhenTheGuestRuns() throws Exception {
        DeviceGraph graph = graph("");
        Set<Long> before = children();
        try (EventLoop loop = new EventLoop("waiting");
                ResourceStack resources = new ResourceStack();
                WaitingDevices waiting = WaitingDevices.of(graph, 1)) {
            VirtioDevices devices = open(graph, loop, resources, waiting);
            assertThat(children()).hasSize(before.size() + 1);
            devices.awaitReady();
            assertThat(children()).hasSize(before.size() + 2);
        }
        assertThat(children()).isEqualTo(before);
    }

    @Test
    void doNotKeepAPolicyWithAMistakeFromBeingToldBeforeTheGuestRuns() throws Exception {
        Path policies = Files.createDirectory(folder.resolve("policies"));
        Files.writeString(policies.resolve("block_device.policy"), "read: what\n");
        DeviceGraph graph = graph("rng: false\nsandbox: {policyDir: policies}\n");
        try (EventLoop loop = new EventLoop("waiting");
                ResourceStack resources = new ResourceStack();
                WaitingDevices waiting = WaitingDevices.of(graph, 1)) {
            assertThatThrownBy(() -> open(graph, loop, resources, waiting))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("block_device.policy");
        }
    }

    @Test
    void areStartedAsEverWhenThoseThatWaitHaveDied() throws Exception {
        DeviceGraph graph = graph("");
        Set<Long> before = children();
        try (EventLoop loop = new EventLoop("waiting");
                ResourceStack resources = new ResourceStack();
                WaitingDevices waiting = WaitingDevices.ofAnyKind(1)) {
            ProcessHandle begun = ProcessHandle.current()
                    .children()
                    .filter(child -> !before.contains(child.pid()))
                    .findFirst()
                    .orElseThrow();
            begun.destroyForcibly();
            // It stays a zombie, which its starter reaps, and ProcessHandle takes for alive.
            Path stat = Path.of("/proc/" + begun.pid() + "/stat");
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!Files.readString(stat).contains(") Z ") && System.nanoTime() < end) {
                Thread.sleep(10);
            }
            open(graph, loop, resources, waiting).awaitReady();
            assertThat(children()).hasSize(before.size() + 2).doesNotContain(begun.pid());
        }
        assertThat(children()).isEqualTo(before);
    }

    /** Killed is the process in the jail, not the launcher, whose end is seen at once; both after it was heard to be ready. */
    @ParameterizedTest
    @ValueSource(strings = {"STOP", "KILL"})
    void areStartedAsEverWhenThoseThatWaitDoNotAnswer(String signal) throws Exception {
        DeviceGraph graph = graph("");
        Set<Long> before = children();
        try (EventLoop loop = new EventLoop("waiting");
                ResourceStack resources = new ResourceStack();
                WaitingDevices waiting = WaitingDevices.ofAnyKind(2)) {
            waiting.awaitReady();
            Set<Long> begun = children();
            begun.removeAll(before);
            assertThat(begun).hasSize(2);
            for (long launcher : begun) {
                long jailed = ProcessHandle.of(launcher)
                        .orElseThrow()
                        .children()
                        .findFirst()
                        .orElseThrow()
                        .pid();
                assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(jailed))
                                .inheritIO()
                                .start()
                                .waitFor())
                        .isZero();
            }
            assertThat(open(graph, loop, resources, waiting).awaitReady()).isTrue();
            Set<Long> started = children();
            started.removeAll(before);
            started.removeAll(begun);
            assertThat(started).hasSize(2);
        }
        assertThat(children()).isEqualTo(before);
    }

    @Test
    void leaveNothingAndSayNothingWhenTheyAreGivenUpAtAnyMoment() throws Exception {
        Set<Long> before = children();
        try (LoggedLines said = new LoggedLines("crosvm.vmm")) {
            for (int moment = 0; moment < MOMENTS; moment++) {
                try (WaitingDevices waiting = WaitingDevices.ofAnyKind(1)) {
                    assertThat(waiting.isEmpty()).isFalse();
                    assertThat(children()).hasSize(before.size() + 1);
                    Thread.sleep((long) moment * STEP_MILLISECONDS);
                }
                assertThat(children()).isEqualTo(before);
            }
            assertThat(said.lines).isEmpty();
        }
    }

    @Test
    void areNotBegunForAMachineUnderLimitsWhichTheyWouldEscape() throws Exception {
        try (WaitingDevices waiting = WaitingDevices.of(graph("limits: {pids: 500}\n"), 2)) {
            assertThat(waiting.isEmpty()).isTrue();
        }
    }

    @Test
    void areTakenOnlyByWhatIsLikeThem() throws Exception {
        try (WaitingDevices waiting = WaitingDevices.of(graph("rng: false\n"), 2)) {
            assertThat(waiting.take("other", SMALL, 1)).as("of another name").isNull();
            assertThat(waiting.take("data", SMALL, 17))
                    .as("more descriptors than places")
                    .isNull();
            assertThat(waiting.take("data", SMALL.withDevices(31, 31), 1))
                    .as("with more tasks")
                    .isNull();
            String before = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                    .filter(line -> line.startsWith("Max msgqueue size"))
                    .map(line ->
                            line.substring("Max msgqueue size".length()).strip().split(" ")[0])
                    .findFirst()
                    .orElseThrow();
            limitMessageQueues("4096");
            assertThat(waiting.take("data", SMALL, 1))
                    .as("under a limit that it has not inherited")
                    .isNull();
            limitMessageQueues(before);
            var taken = waiting.take("data", SMALL, 1);
            assertThat(taken).isNotNull();
            taken.close();
            assertThat(waiting.take("data", SMALL, 1)).as("twice").isNull();
        }
    }

    /** This process's soft limit. */
    private static void limitMessageQueues(String bytes) throws Exception {
        String own = Long.toString(ProcessHandle.current().pid());
        assertThat(new ProcessBuilder("prlimit", "--pid", own, "--msgqueue=" + bytes + ":")
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }
}
