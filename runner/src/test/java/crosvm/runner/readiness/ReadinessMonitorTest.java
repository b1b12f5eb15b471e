package crosvm.runner.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.graph.ReadinessPlan;
import crosvm.vmm.graph.ReadinessPlan.Kind;
import crosvm.vmm.graph.ReadinessPlan.Sign;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadinessMonitorTest {
    private static final Sign SIGN = new Sign(Kind.VSOCK, "", 7, 0);

    private final BlockingQueue<Readiness> told = new LinkedBlockingQueue<>();
    private final FakeSign ready = new FakeSign();
    private final FakeSign health = new FakeSign();
    private @Nullable ReadinessMonitor monitor;

    /** Answers as it is told, and waits for that. */
    private static final class FakeSign implements ReadySign {
        private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(100);
        private final AtomicBoolean closed = new AtomicBoolean();

        @Override
        public @Nullable String look(int patienceMilliseconds) throws InterruptedException {
            String answer = answers.take();
            return answer.isEmpty() ? null : answer;
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    private void start(ReadinessPlan plan, AtomicBoolean suspended) {
        monitor = new ReadinessMonitor(
                plan,
                plan.ready() == null ? null : ready,
                plan.health() == null ? null : health,
                InstantSource.system(),
                told::add);
        monitor.start(suspended::get);
    }

    @AfterEach
    void ends() {
        if (monitor != null) {
            monitor.close();
        }
    }

    private Readiness next() throws InterruptedException {
        Readiness next = told.poll(60, TimeUnit.SECONDS);
        assertThat(next).as("something told within a minute").isNotNull();
        return next;
    }

    @Test
    void tellsThatItWaitsThenThatTheGuestIsReady() throws Exception {
        start(new ReadinessPlan(SIGN, 600, null, 0, 0), new AtomicBoolean());
        assertThat(next().state()).isEqualTo(Readiness.State.WAITING);
        ready.answers.add("nobody listens");
        assertThat(told.poll(100, TimeUnit.MILLISECONDS)).isNull();
        ready.answers.add("");
        Readiness end = next();
        assertThat(end.state()).isEqualTo(Readiness.State.READY);
        assertThat(end.detail()).startsWith("after ").doesNotContain("later");
    }

    @Test
    void saysOnceWhatIsMissingWhenTheTimeIsOverAndThatTheGuestCameLate() throws Exception {
        start(new ReadinessPlan(SIGN, 0, null, 0, 0), new AtomicBoolean());
        assertThat(next().detail()).isEqualTo("waiting for vsock port 7");
        ready.answers.add("nobody listens");
        ready.answers.add("nobody listens");
        ready.answers.add("");
        Readiness overdue = next();
        assertThat(overdue.state()).isEqualTo(Readiness.State.OVERDUE);
        assertThat(overdue.detail()).isEqualTo("nobody listens within 0 s");
        Readiness late = next();
        assertThat(late.state()).isEqualTo(Readiness.State.READY);
        assertThat(late.detail()).contains("later than 0 s");
    }

    @Test
    void isUnhealthyAfterSeveralFailuresInARowAndHealthyAfterOneSuccess() throws Exception {
        start(new ReadinessPlan(null, 0, SIGN, 0, 3), new AtomicBoolean());
        for (String answer : new String[] {"gone", "gone", "", "gone", "gone", "gone", "gone", ""}) {
            health.answers.add(answer);
        }
        Readiness sick = next();
        assertThat(sick.state()).isEqualTo(Readiness.State.UNHEALTHY);
        assertThat(sick.detail()).isEqualTo("gone, 3 times in a row");
        assertThat(next().detail()).isEqualTo("healthy again");
    }

    /** A suspended guest cannot answer. */
    @Test
    void holdsNothingAgainstAGuestThatIsSuspended() throws Exception {
        AtomicBoolean suspended = new AtomicBoolean(true);
        start(new ReadinessPlan(null, 0, SIGN, 0, 1), suspended);
        health.answers.add("gone");
        assertThat(told.poll(300, TimeUnit.MILLISECONDS)).isNull();
        assertThat(health.answers).hasSize(1);
        suspended.set(false);
        assertThat(next().state()).isEqualTo(Readiness.State.UNHEALTHY);
    }

    /** Nor does the time that it has to become ready pass. */
    @Test
    void isNotOverdueWhileItIsSuspended() throws Exception {
        AtomicBoolean suspended = new AtomicBoolean(true);
        start(new ReadinessPlan(SIGN, 0, null, 0, 0), suspended);
        assertThat(next().state()).isEqualTo(Readiness.State.WAITING);
        ready.answers.add("nobody listens");
        ready.answers.add("nobody listens");
        assertThat(told.poll(300, TimeUnit.MILLISECONDS)).isNull();
        suspended.set(false);
        ready.answers.add("nobody listens");
        ready.answers.add("nobody listens");
        assertThat(next().state()).isEqualTo(Readiness.State.OVERDUE);
    }

    @Test
    void closesItsSignsAndTellsNothingOnceTheMachineHasEnded() throws Exception {
        start(new ReadinessPlan(SIGN, 600, SIGN, 0, 1), new AtomicBoolean());
        next();
        monitor.close();
        for (int i = 0; i < 600 && !(ready.closed.get() && health.closed.get()); i++) {
            Thread.sleep(50);
        }
        assertThat(ready.closed).isTrue();
        assertThat(health.closed).isTrue();
        assertThat(told).isEmpty();
    }
}
