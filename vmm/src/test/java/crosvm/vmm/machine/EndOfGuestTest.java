package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.machine.Shutdown.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class EndOfGuestTest {
    private final List<Long> timers = new ArrayList<>();
    private final EndOfGuest end = new EndOfGuest(timers::add);

    @Test
    void theFirstEventDecides() throws InterruptedException {
        end.powerOff();
        end.reset();
        assertThat(end.await().reason()).isEqualTo(Reason.POWER_OFF);
    }

    @Test
    void aResetAfterAPanicIsStillAPanic() throws InterruptedException {
        end.panicked();
        end.reset();
        assertThat(end.await().reason()).isEqualTo(Reason.PANIC);
    }

    @Test
    void aTripleFaultAfterAPanicKeepsItsRegisters() throws InterruptedException {
        end.panicked();
        end.end(new Shutdown(Reason.TRIPLE_FAULT, "vCPU 0: rip 1"));
        assertThat(end.await()).isEqualTo(new Shutdown(Reason.PANIC, "vCPU 0: rip 1"));
    }

    @Test
    void aPanickedGuestThatHangsEndsWhenItsGraceIsOver() throws InterruptedException {
        end.panicked();
        end.panicked();
        assertThat(timers).containsExactly(EndOfGuest.PANIC_GRACE_MILLISECONDS);
        end.panicGraceOver();
        assertThat(end.await().reason()).isEqualTo(Reason.PANIC);
    }

    @Test
    void anOrderFromOutsideDuringAPanicIsWhatItIs() throws InterruptedException {
        end.panicked();
        end.end(Shutdown.of(Reason.STOPPED));
        assertThat(end.await().reason()).isEqualTo(Reason.STOPPED);
    }
}
