package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.RestartPolicy;
import crosvm.vmm.VmmException;
import crosvm.vmm.machine.Shutdown;
import crosvm.vmm.machine.Shutdown.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class SupervisorTest {
    private final List<String> written = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private final Deque<Object> ends = new ArrayDeque<>();
    private Instant now = States.START;
    private boolean stopDuringPause;
    private int stops;

    private final Supervisor.Runs runs = new Supervisor.Runs() {
        @Override
        public Supervisor.End once(Runnable running) {
            Object end = ends.remove();
            if (end instanceof VmmException e) {
                throw e;
            }
            running.run();
            now = now.plusSeconds(1);
            return (Supervisor.End) end;
        }

        @Override
        public void stop(Shutdown how) {
            stops++;
        }
    };

    private Supervisor supervisor(RestartPolicy policy) {
        Supervisor[] self = new Supervisor[1];
        self[0] = new Supervisor(
                runs,
                policy,
                () -> now,
                (lock, time) -> {
                    pauses.add(time);
                    now = now.plus(time);
                    if (stopDuringPause) {
                        self[0].stop(Shutdown.of(Shutdown.Reason.STOPPED));
                    }
                },
                States.alive("web", Phase.STARTING),
                state -> written.add(state.phase().word() + (state.status() == null ? "" : " " + state.status())),
                told::add);
        return self[0];
    }

    private void endsWith(Reason reason) {
        ends.add(new Supervisor.End(Shutdown.of(reason), false));
    }

    @Test
    void runsOnceWithoutAPolicy() {
        endsWith(Reason.TRIPLE_FAULT);
        assertThat(supervisor(RestartPolicy.NO).run().reason()).isEqualTo(Reason.TRIPLE_FAULT);
        assertThat(written).containsExactly("running");
        assertThat(told).isEmpty();
    }

    @Test
    void startsACrashedMachineAgainAndWritesDownEachStep() {
        endsWith(Reason.TRIPLE_FAULT);
        endsWith(Reason.PANIC);
        endsWith(Reason.POWER_OFF);
        Supervisor supervisor = supervisor(RestartPolicy.ON_CRASH);
        assertThat(supervisor.run().reason()).isEqualTo(Reason.POWER_OFF);
        assertThat(written)
                .containsExactly(
                        "running",
                        "restarting 33",
                        "starting 33",
                        "running 33",
                        "restarting 34",
                        "starting 34",
                        "running 34");
        assertThat(pauses).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
        assertThat(told.get(0)).contains("crashed", "starting it again in 0.1 s", "restart: on-crash");
        assertThat(supervisor.state().restarts()).isEqualTo(3 + 2);
    }

    @Test
    void doesNotStartAgainWhatSomebodyPutDown() {
        ends.add(new Supervisor.End(Shutdown.of(Reason.POWER_OFF), true));
        assertThat(supervisor(RestartPolicy.ALWAYS).run().reason()).isEqualTo(Reason.POWER_OFF);
        assertThat(ends).isEmpty();
    }

    @Test
    void canBeStoppedWhileItWaitsToStartAgain() {
        endsWith(Reason.RESET);
        stopDuringPause = true;
        assertThat(supervisor(RestartPolicy.ALWAYS).run().reason()).isEqualTo(Reason.STOPPED);
        assertThat(stops).isOne();
    }

    @Test
    void givesTheFirstFailureToTheCaller() {
        ends.add(new VmmException("/dev/kvm: missing"));
        Supervisor supervisor = supervisor(RestartPolicy.ALWAYS);
        assertThatThrownBy(supervisor::run).isInstanceOf(VmmException.class).hasMessage("/dev/kvm: missing");
        assertThat(supervisor.hasRun()).isFalse();
    }

    @Test
    void triesAgainWhenALaterStartFails() {
        endsWith(Reason.RESET);
        ends.add(new VmmException("disk is locked"));
        ends.add(new Supervisor.End(Shutdown.of(Reason.POWER_OFF), true));
        assertThat(supervisor(RestartPolicy.ALWAYS).run().reason()).isEqualTo(Reason.POWER_OFF);
        assertThat(written)
                .containsExactly("running", "restarting 32", "starting 32", "restarting 1", "starting 1", "running 1");
        assertThat(told.get(1)).startsWith("disk is locked; starting it again");
    }
}
