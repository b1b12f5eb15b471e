package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which words are this program's, and which the guest's. */
class GuestLoginTest {
    @ParameterizedTest
    @CsvSource({
        "exec web ls -l, exec web -- ls -l",
        "exec web -- ls -l, exec web -- ls -l",
        "exec -t web -- top, exec -t web -- top",
        "exec web -t -- top, exec web -t -- top",
        "exec -l bob web id -u, exec -l bob web -- id -u",
        "exec web -l bob -- id -u, exec web -l bob -- id -u",
        "exec web git log -- file, exec web -- git log -- file",
        "exec --timeout 1m web -- true, exec --timeout 1m web -- true",
        "exec --timeout=1m web true, exec --timeout=1m web -- true",
        "ssh web, ssh web",
        "ssh -h, ssh -h",
        "exec web --help, exec web --help",
        "exec -- web ls, exec -- web ls"
    })
    void endsOptionsBehindTheMachine(String given, String read) {
        assertThat(GuestLogin.endOptionsBehindMachine(List.of(given.split(" "))))
                .containsExactly(read.split(" "));
    }

    @Test
    void tellsMachinesFromPaths() {
        assertThat(List.of("web:/etc", "web:", "vm.yaml:x").stream().map(CpCommand::machine))
                .containsExactly("web", "web", "vm.yaml");
        assertThat(List.of("./a:b", "/a:b", "file", ":x", "a/b:c"))
                .allSatisfy(path -> assertThat(CpCommand.machine(path)).isNull());
    }

    @Test
    void refusesCopiesWithoutAMachineOrWithTwo() {
        assertThat(Run.of("cp", "a", "b").err()).contains("neither FROM nor TO names a machine");
        assertThat(Run.of("cp", "a:b", "c:d").err()).contains("copy by way of the host");
    }

    @Test
    void wantsACommandWithRmAndOnlyThen() {
        Run without = Run.of("run", "--rm", "vm.yaml");
        assertThat(without.status()).isEqualTo(2);
        assertThat(without.err()).contains("--rm needs a command behind --");
        assertThat(Run.of("run", "vmlinux", "--", "ls").err()).contains("a command in the guest needs --rm");
        assertThat(Run.of("run", "-t", "vmlinux").err()).contains("-t needs --rm");
        assertThat(Run.of("run", "-l", "web", "vmlinux").err()).contains("--user needs --rm");
    }
}
