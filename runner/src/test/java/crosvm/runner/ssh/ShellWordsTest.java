package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent to a guest's shell, read by a shell. */
class ShellWordsTest {
    private record Ran(int status, String out, String err) {}

    private static Ran shell(String shell, String line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(shell, "-c", line).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), out, err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "/bin/bash"})
    void handsOverEveryWordAsItIs(String shell) throws Exception {
        List<String> words = List.of("printf", "<%s>", "a b", "", "d'e", "$HOME `id`", "\\", "two\nlines", "-n", "ä");
        Ran ran = shell(shell, ShellWords.exact(words));
        assertThat(ran).isEqualTo(new Ran(0, "<a b><><d'e><$HOME `id`><\\><two\nlines><-n><ä>", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "/bin/bash"})
    void handsBackTheStatusAndNothingOfItsOwn(String shell) throws Exception {
        assertThat(shell(shell, ShellWords.exact(List.of("sh", "-c", "echo out; echo err >&2; exit 3"))))
                .isEqualTo(new Ran(3, "out\n", "err\n"));
        // Without a shell that outlives it, the signal would end the session, and ssh would say 255.
        assertThat(shell(shell, ShellWords.exact(List.of("sh", "-c", "kill -9 $$"))))
                .isEqualTo(new Ran(137, "", ""));
        Ran missing = shell(shell, ShellWords.exact(List.of("crosvm-no-such-program")));
        assertThat(missing.status()).isEqualTo(127);
        assertThat(missing.err()).contains("crosvm-no-such-program");
    }

    @Test
    void quotesNoMoreThanIsNeeded() {
        assertThat(ShellWords.line(List.of("/usr/bin/a-b", "x=1", "a b", ""))).isEqualTo("/usr/bin/a-b x=1 'a b' ''");
    }
}
