package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SshFailureTest {
    /** What OpenSSH 9.2 says, and which link that is. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "root@crosvm-web: Permission denied (publickey).             | refuses the machine's key",
                "Connection timed out during banner exchange                 | does not answer as sshd does",
                "kex_exchange_identification: banner line contains invalid characters | is not sshd",
                "kex_exchange_identification: No SSH version received in first 1024 lines from server | is not sshd",
                "Bad remote protocol version identification: 'hello'         | is not sshd",
                "kex_exchange_identification: Connection closed by remote host | has closed the connection",
                "Connection to crosvm-web closed by remote host.             | has closed the connection",
                "client_loop: send disconnect: Broken pipe                   | has closed the connection",
                "Something new                                               | ssh: Something new"
            })
    void namesTheBrokenLink(String said, String named) {
        assertThat(SshFailure.explain("web", List.of(said))).startsWith("web: ").contains(named);
    }

    @Test
    void saysSoWhenSshSaysNothing() {
        assertThat(SshFailure.explain("web", List.of()))
                .isEqualTo("web: the session has ended, and the guest has not said how");
    }

    @Test
    void leavesItToTheConnectingProgramToTellOfItsOwnFailure() {
        assertThat(SshFailure.isTold(List.of("proxy dialer did not pass back a connection")))
                .isTrue();
        assertThat(SshFailure.isTold(List.of("Permission denied"))).isFalse();
        assertThat(SshFailure.isTold(List.of(
                        "Received disconnect from UNKNOWN port 65535:11: proxy dialer did not pass back a connection")))
                .isFalse();
    }

    @Test
    void doesNotTakeALineOfTheGuestsFarewellForSshsOwn() {
        assertThat(SshFailure.isTold(List.of(
                        "Received disconnect from UNKNOWN port 65535:11: x",
                        "proxy dialer did not pass back a connection")))
                .isFalse();
    }

    /** LogVerbose has ssh write its place in front of what it says there. */
    @Test
    void knowsItsOwnFailureWhereverSshSaysItFrom() {
        assertThat(
                        SshFailure.isTold(
                                SshProcess.forPeople(
                                        List.of(
                                                "debug1: sshconnect.c:ssh_proxy_fdpass_connect():131 (pid=7): Executing proxy dialer command: x",
                                                "sshconnect.c:ssh_proxy_fdpass_connect():178 (pid=7): proxy dialer did not pass back a connection"))))
                .isTrue();
    }
}
