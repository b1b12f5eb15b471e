package crosvm.runner.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NotifyMessageTest {
    @Test
    void readsReadinessAndStatusOutOfWhatSystemdSays() {
        assertThat(NotifyMessage.of("READY=1\nSTATUS=Startup finished in 3s.\n"))
                .isEqualTo(new NotifyMessage(true, "Startup finished in 3s."));
        assertThat(NotifyMessage.of("X_SYSTEMD_UNIT_ACTIVE=ssh.service\n")).isEqualTo(new NotifyMessage(false, null));
        assertThat(NotifyMessage.of("READY=0\nXREADY=1\nREADY=11")).isEqualTo(new NotifyMessage(false, null));
        assertThat(NotifyMessage.of("")).isEqualTo(new NotifyMessage(false, null));
    }

    /** A guest is anybody: no terminal obeys it, and no status fills one. */
    @Test
    void letsNoControlCharacterAndNoLongTextThrough() {
        String status =
                NotifyMessage.of("STATUS=\u001b]0;x\u0007" + "y".repeat(1000)).status();
        assertThat(status).hasSize(200).startsWith("]0;x yy").doesNotContain("\u001b", "\u0007");
        assertThat(NotifyMessage.of("STATUS=a\u009b2J\u2028b\u202ec \u00fc").status())
                .isEqualTo("a 2J b c \u00fc");
    }
}
