package crosvm.runner.event;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.event.MachineChanges.Look;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.Phase;
import crosvm.runner.instance.ProcessKey;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MachineChangesTest {
    private static final Instant NOW = Instant.parse("2026-11-27T01:02:03Z");
    private static final ProcessKey SELF = ProcessKey.self();
    private static final ProcessKey OTHER = new ProcessKey(1, 1, "another boot");

    private final MachineChanges changes = new MachineChanges(Clock.fixed(NOW, ZoneOffset.UTC));

    private static Look look(
            String name, ProcessKey process, Phase phase, @Nullable Integer status, @Nullable String live) {
        InstanceState.Launch launch = new InstanceState.Launch(
                name, Path.of("vm.yaml"), Path.of("/home/me"), List.of("up"), true, "abc", Map.of(), 1, 32 << 20);
        return new Look(
                new InstanceState(
                        launch, process, phase, NOW, NOW, 2, status, status == null ? "" : "it crashed", null),
                live);
    }

    private List<String> events(Look... looks) {
        return changes.look(List.of(looks)).stream().map(MachineEvent::toJson).toList();
    }

    private static String line(String event, String more) {
        return "{\"time\":\"2026-11-27T01:02:03Z\",\"machine\":\"web\",\"event\":\"" + event + "\"" + more + "}";
    }

    private static final String FACTS = ",\"pid\":" + SELF.pid() + ",\"restarts\":2,\"spec\":\"/home/me/vm.yaml\"";

    @Test
    void tellsOnceWhatIsThereAtTheStart() {
        Look running = look("web", SELF, Phase.RUNNING, null, "running");
        Look old = look("old", OTHER, Phase.ENDED, 0, null);
        assertThat(events(running, old)).containsExactly(line("present", ",\"state\":\"running\"" + FACTS));
        assertThat(events(running, old)).isEmpty();
    }

    @Test
    void followsAMachineThroughItsLife() {
        assertThat(events()).isEmpty();
        assertThat(events(look("web", SELF, Phase.STARTING, null, null))).containsExactly(line("starting", FACTS));
        assertThat(events(look("web", SELF, Phase.RUNNING, null, null))).containsExactly(line("running", FACTS));
        assertThat(events(look("web", SELF, Phase.RUNNING, null, "running"))).isEmpty();
        assertThat(events(look("web", SELF, Phase.RUNNING, null, "suspended")))
                .containsExactly(line("suspended", FACTS));
        assertThat(events(look("web", SELF, Phase.RUNNING, null, "running"))).containsExactly(line("resumed", FACTS));
        assertThat(events(look("web", SELF, Phase.RESTARTING, 33, null)))
                .containsExactly(
                        line(
                                "restarting",
                                ",\"pid\":" + SELF.pid()
                                        + ",\"restarts\":2,\"status\":33,\"cause\":\"it crashed\",\"spec\":\"/home/me/vm.yaml\""));
        assertThat(events(look("web", SELF, Phase.ENDED, 33, null))).isEmpty(); // Who waited for it is told.
        assertThat(events()).containsExactly(line("removed", ""));
        assertThat(events()).isEmpty();
    }

    @Test
    void tellsOfAnEndWhoseBeginningWasNotSeen() {
        assertThat(events()).isEmpty();
        assertThat(events(look("web", OTHER, Phase.ENDED, 33, null)))
                .containsExactly(line("ended", ",\"status\":33,\"cause\":\"it crashed\""));
        assertThat(events(look("web", OTHER, Phase.ENDED, 33, null))).isEmpty();
    }

    @Test
    void takesAnotherProcessOfANameForANewStart() {
        assertThat(events(look("web", OTHER, Phase.ENDED, 0, null))).isEmpty();
        assertThat(events(look("web", SELF, Phase.RUNNING, null, "running"))).containsExactly(line("running", FACTS));
    }
}
