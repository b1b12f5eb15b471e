package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which link is broken between this command and a guest's port. */
class VsockCommandTest {
    @TempDir
    private Path runtime;

    private Path state;

    @BeforeEach
    void runsAMachine() throws IOException {
        state = StateFile.running(runtime, "web");
    }

    private Run vsock(String... words) {
        List<String> all = new java.util.ArrayList<>(List.of("vsock"));
        all.addAll(List.of(words));
        return Run.with(Map.of("XDG_RUNTIME_DIR", runtime.toString()), all.toArray(String[]::new));
    }

    private FakeMachine machine(Map<String, ?> more) {
        return new FakeMachine(state.resolve("control.sock"), more);
    }

    @Test
    void namesAMachineWithoutTheDevice() {
        try (FakeMachine machine = machine(Map.of())) {
            Run run = vsock("web", "22");
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err()).isEqualTo("crosvm: web: has no vsock device; add one to its spec: vsock: auto\n");
            assertThat(machine.asked()).contains("status");
        }
    }

    @Test
    void doesNotWaitForAGuestThatIsSuspended() {
        try (FakeMachine machine = machine(Map.of("cid", 70_000L, "state", "suspended"))) {
            Run run = vsock("--timeout", "10m", "web", "22");
            assertThat(run.err()).isEqualTo("crosvm: web: is suspended. Resume it first: crosvm resume web\n");
            assertThat(machine.asked()).contains("status");
        }
    }

    /** No machine has that id; what the kernel says of it depends on what it has of vsock. */
    @Test
    void namesAGuestThatDoesNotAnswer() {
        try (FakeMachine machine = machine(Map.of("cid", 0xffff_fff0L))) {
            Run run = vsock("--timeout", "0s", "web", "22");
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("crosvm: web: ")
                    .containsAnyOf(
                            "the guest does not answer on vsock", "this host's kernel has no vsock", "nobody listens");
            assertThat(machine.asked()).contains("status");
        }
    }

    @Test
    void namesAMachineThatHasEnded() throws IOException {
        StateFile.ended(runtime, "job", 33, "crashed");
        assertThat(vsock("job", "22").err())
                .contains("crosvm: job: is not running; it ended")
                .contains("crashed");
        assertThat(vsock("other", "22").err()).contains("crosvm: other: no machine of that name has run");
    }

    @Test
    void saysSoWhenAMachineIsNotReadyToBeAsked() {
        assertThat(vsock("--timeout", "0s", "web", "22").err())
                .contains("crosvm: web: is running and cannot be asked for its vsock context id; try again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "4294967295", "ssh", "22x", ""})
    void refusesWhatIsNotAPort(String port) {
        Run run = vsock("--", "web", port);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("'" + port + "' is not a number from 0 to 4294967294");
    }
}
