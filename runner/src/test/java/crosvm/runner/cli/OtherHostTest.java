package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which commands go to another host. */
class OtherHostTest {
    @Test
    void knowsTheWayOfEveryCommand() {
        assertThat(CommandList.names())
                .allSatisfy(name -> assertThat(OtherHost.way(name)).isNotNull());
    }

    @Test
    void leavesCommandsAboutFilesHere() {
        Map<String, String> host = Map.of("CROSVM_HOST", "not an address");
        assertThat(Run.with(host, "lint", "../examples/hello.yaml").status()).isZero();
        assertThat(Run.with(host, "ps", "--help").status()).isZero();
        Run run = Run.with(host, "ps");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("crosvm: CROSVM_HOST: \"not an address\" is not an address of a host; write ssh://USER@HOST,"
                        + " or ssh://USER@HOST:PORT\n");
    }

    @Test
    void takesTheOptionBeforeTheCommand() {
        assertThat(Run.of("-H", "x", "ps").err()).contains("\"x\" is not an address");
        assertThat(Run.of("--host=y", "ps").err()).contains("\"y\" is not an address");
        assertThat(Run.of("--host", "z", "lint", "../examples/hello.yaml").status())
                .isZero();
        assertThat(Run.of("-H").status()).isEqualTo(2);
    }
}
