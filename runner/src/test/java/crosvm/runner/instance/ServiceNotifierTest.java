package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.readiness.Readiness;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceNotifierTest {
    @TempDir
    Path folder;

    private final List<String> told = new ArrayList<>();
    private final InstanceState state = States.alive("web", Phase.STARTING);
    private ServiceManager manager;
    private ServiceNotifier notifier;

    @BeforeEach
    void listens() {
        manager = new ServiceManager(folder.resolve("notify"));
        notifier = ServiceNotifier.of(Map.of("NOTIFY_SOCKET", manager.socket().toString()), told::add, false);
    }

    @AfterEach
    void closes() {
        manager.close();
    }

    @Test
    void isReadyWhenTheGuestRunsForTheFirstTimeOnly() {
        notifier.follow(state);
        notifier.follow(state.in(Phase.RUNNING, Instant.now()));
        notifier.follow(state.after(Phase.RESTARTING, Instant.now(), 34, "the guest's kernel panicked"));
        notifier.follow(state.in(Phase.RUNNING, Instant.now()));
        assertThat(manager.next(0)).isEqualTo("STATUS=Starting");
        assertThat(manager.next(0)).isEqualTo("READY=1\nSTATUS=Running");
        assertThat(manager.next(0)).isEqualTo("STATUS=Restarting: the guest's kernel panicked");
        assertThat(manager.next(0)).isEqualTo("STATUS=Running");
        assertThat(manager.next(0)).isNull();
    }

    @Test
    void isReadyWhenTheGuestIsWhereTheSpecSaysWhatThatIs() {
        ServiceNotifier waits =
                ServiceNotifier.of(Map.of("NOTIFY_SOCKET", manager.socket().toString()), told::add, true);
        InstanceState runs = state.in(Phase.RUNNING, Instant.now());
        waits.follow(runs);
        waits.follow(runs.as(new Readiness(Readiness.State.OVERDUE, Instant.now(), "nobody listens\nREADY=1")));
        waits.follow(runs.as(new Readiness(Readiness.State.READY, Instant.now(), "after 95 s")));
        waits.follow(runs.as(new Readiness(Readiness.State.UNHEALTHY, Instant.now(), "gone")));
        waits.follow(runs.as(new Readiness(Readiness.State.READY, Instant.now(), "healthy again")));
        assertThat(manager.next(0)).isEqualTo("STATUS=Running");
        assertThat(manager.next(0)).isEqualTo("STATUS=Running, overdue: nobody listens");
        assertThat(manager.next(0)).isEqualTo("READY=1\nSTATUS=Running, ready: after 95 s");
        assertThat(manager.next(0)).isEqualTo("STATUS=Running, unhealthy: gone");
        assertThat(manager.next(0)).isEqualTo("STATUS=Running, ready: healthy again");
        assertThat(manager.next(0)).isNull();
    }

    @Test
    void stopsOnceAndSaysNothingAfterThat() {
        notifier.stopping();
        notifier.stopping();
        notifier.follow(state.in(Phase.RUNNING, Instant.now()));
        assertThat(manager.next(0)).isEqualTo("STOPPING=1\nSTATUS=Stopping");
        assertThat(manager.next(0)).isNull();
    }

    @Test
    void letsNoCauseOfAnEndBecomeAnAssignmentOfItsOwn() {
        notifier.follow(state.after(Phase.RESTARTING, Instant.now(), 1, "the disk failed\nMAINPID=1"));
        assertThat(manager.next(0)).isEqualTo("STATUS=Restarting: the disk failed");
    }

    @Test
    void saysThatTheManagerCannotBeReachedAndGoesOn() {
        String nobody = folder.resolve("nobody").toString();
        ServiceNotifier lost = ServiceNotifier.of(Map.of("NOTIFY_SOCKET", nobody), told::add, false);
        lost.stopping();
        assertThat(told).singleElement().asString().contains("service manager", nobody, "NOTIFY_SOCKET");
    }

    @Test
    void isSilentWhereNobodyIsToBeTold() {
        ServiceNotifier.of(Map.of("NOTIFY_SOCKET", ""), told::add, false).stopping();
        ServiceNotifier.of(Map.of(), told::add, false).stopping();
        assertThat(told).isEmpty();
        assertThat(manager.next(0)).isNull();
    }
}
