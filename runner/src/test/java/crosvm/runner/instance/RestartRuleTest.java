package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.RestartPolicy;
import crosvm.vmm.machine.Shutdown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RestartRuleTest {
    @ParameterizedTest
    @CsvSource({
        "FAILED, false, true, true",
        "PANIC, false, true, true",
        "TRIPLE_FAULT, false, true, true",
        "RESET, false, false, true",
        "POWER_OFF, false, false, true",
        "STOPPED, false, false, false"
    })
    void startsAgainByPolicyAndReason(Shutdown.Reason reason, boolean no, boolean onCrash, boolean always) {
        assertThat(RestartRule.again(RestartPolicy.NO, reason, false)).isEqualTo(no);
        assertThat(RestartRule.again(RestartPolicy.ON_CRASH, reason, false)).isEqualTo(onCrash);
        assertThat(RestartRule.again(RestartPolicy.ALWAYS, reason, false)).isEqualTo(always);
    }

    @ParameterizedTest
    @EnumSource(Shutdown.Reason.class)
    void neverAfterSomebodyAskedForTheEnd(Shutdown.Reason reason) {
        for (RestartPolicy policy : RestartPolicy.values()) {
            assertThat(RestartRule.again(policy, reason, true)).isFalse();
        }
    }

    @Test
    void waitsLongerEachTimeUpToAMinute() {
        Backoff backoff = new Backoff();
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            waits.add(backoff.after(Duration.ofSeconds(1)).toMillis());
        }
        assertThat(waits)
                .containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 6400L, 12800L, 25600L, 51200L, 60000L, 60000L);
    }

    @Test
    void beginsAnewAfterARunOfTenSeconds() {
        Backoff backoff = new Backoff();
        backoff.after(Duration.ofSeconds(1));
        backoff.after(Duration.ofSeconds(1));
        assertThat(backoff.after(Duration.ofSeconds(10))).hasMillis(100);
        assertThat(backoff.after(Duration.ofMillis(9999))).hasMillis(200);
    }
}
