package crosvm.vmm.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PreciseTimerTest {
    private final EventLoop loop = new EventLoop("test loop");
    private final LinkedBlockingQueue<Instant> rung = new LinkedBlockingQueue<>();
    private final PreciseTimer timer = new PreciseTimer("test", loop, () -> rung.add(Instant.now()));
    private final Thread thread = new Thread(loop::run);

    @AfterEach
    void stops() throws InterruptedException {
        loop.stop();
        if (thread.isAlive()) {
            thread.join();
        }
        timer.close();
        loop.close();
    }

    @Test
    void ringsOnceAtEachMomentAndNotBefore() throws InterruptedException {
        thread.start();
        for (int i = 0; i < 3; i++) {
            Instant moment = Instant.now().plusMillis(30);
            timer.at(moment);
            assertThat(rung.take()).isAfterOrEqualTo(moment);
        }
        assertThat(rung.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void ringsAtOnceForAMomentThatHasPassed() throws InterruptedException {
        thread.start();
        for (Instant moment : new Instant[] {Instant.now().minus(Duration.ofDays(1)), Instant.EPOCH, Instant.MIN}) {
            timer.at(moment);
            assertThat(rung.take()).isNotNull();
        }
    }

    @Test
    void ringsOnceAfterAWhile() throws InterruptedException {
        thread.start();
        Instant before = Instant.now();
        timer.after(20_000_000);
        assertThat(rung.take()).isAfterOrEqualTo(before.plusMillis(20));
        assertThat(rung.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void waitsOnlyForTheLastMomentAndForNoneAfterNull() throws InterruptedException {
        timer.at(Instant.now().plusMillis(20));
        timer.at(Instant.now().plus(Duration.ofDays(1)));
        timer.at(Instant.now().plusMillis(20));
        timer.at(null);
        thread.start();
        assertThat(rung.poll(100, TimeUnit.MILLISECONDS)).isNull();
        timer.close();
        timer.at(Instant.now());
        assertThat(rung.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }
}
