package crosvm.vmm.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the machine's key gets beside what the spec hands over itself. */
class CredentialPlanTest {
    private static final String KEY = "ssh-ed25519 AAAA crosvm-web";
    private static final String LINE = "f+ /root/.ssh/authorized_keys2 0600 root root - " + KEY + "\n";

    private static CredentialPlan text(String name, String text) {
        return new CredentialPlan(name, null, null, text);
    }

    @Test
    void handsOverTheKeyForSshdOnVsockAndForAnyOther() {
        assertThat(CredentialPlan.withKey(List.of(), KEY))
                .containsExactly(text("ssh.ephemeral-authorized_keys-all", KEY + "\n"), text("tmpfiles.extra", LINE));
    }

    @Test
    void addsToWhatTheSpecSaysItself() {
        CredentialPlan zone = text("tmpfiles.extra", "L+ /etc/localtime - - - - ../usr/share/zoneinfo/UTC\n");
        assertThat(CredentialPlan.withKey(List.of(zone), KEY))
                .containsExactly(
                        text("tmpfiles.extra", zone.text() + LINE),
                        text("ssh.ephemeral-authorized_keys-all", KEY + "\n"));
    }

    @Test
    void leavesTheUsersOwnSecretsAlone() {
        List<CredentialPlan> own = List.of(
                new CredentialPlan("tmpfiles.extra", Path.of("/own"), null, null),
                new CredentialPlan("ssh.ephemeral-authorized_keys-all", null, "KEYS", null));
        assertThat(CredentialPlan.withKey(own, KEY)).isEqualTo(own);
    }
}
