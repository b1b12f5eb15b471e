package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    @TempDir
    Path folder;

    @Test
    void writesAScriptThatBashCompletesCommandsAndFlagsWith() throws Exception {
        Path bash = Path.of("/bin/bash");
        assumeTrue(Files.isExecutable(bash), "no bash");
        Path script = Files.writeString(
                folder.resolve("completion"), Run.of("completion", "bash").out());
        assertThat(complete(script, "crosvm gr")).isEqualTo("graph");
        assertThat(complete(script, "crosvm graph --provenan")).isEmpty();
        assertThat(complete(script, "crosvm config --provenan")).isEqualTo("--provenance");
        assertThat(complete(script, "crosvm up --memo")).isEqualTo("--memory");
    }

    private String complete(Path script, String line) throws IOException, InterruptedException {
        String program = "source '" + script + "'; COMP_WORDS=(" + line + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
                + " COMP_LINE='" + line + "'; COMP_POINT=${#COMP_LINE}; _complete_crosvm; echo \"${COMPREPLY[*]}\"";
        Process process = new ProcessBuilder("/bin/bash", "-c", program)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(process.getInputStream().readAllBytes()).strip();
        process.waitFor();
        return answer;
    }

    @Test
    void writesACompletionForFishWithEveryCommandAndItsFlags() {
        String fish = Run.of("completion", "fish").out();
        assertThat(fish)
                .contains(
                        "-n '__fish_use_subcommand' -a lint -d '",
                        "-n '__fish_seen_subcommand_from up' -s m -l memory -x -d '")
                .contains("-n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'");
    }

    @Test
    void knowsNoOtherShell() {
        Run run = Run.of("completion", "csh");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("bash, zsh, fish");
    }
}
