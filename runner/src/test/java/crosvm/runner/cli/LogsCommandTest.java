package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogsCommandTest {
    @TempDir
    private Path runtime;

    private Path web;

    @BeforeEach
    void leavesLogs() throws IOException {
        web = StateFile.ended(runtime, "web", 33, "");
        Files.writeString(
                web.resolve("console.log"),
                "2026-11-24T08:00:00.000Z one\n2026-11-24T09:00:00.000Z two\n2026-11-24T10:00:00.000Z login: ");
        Files.writeString(web.resolve("crosvm.log"), "crosvm: web: first\ncrosvm: web: the guest crashed\n");
    }

    private Run run(String command) {
        return Run.with(Map.of("XDG_RUNTIME_DIR", runtime.toString()), command.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "logs web | one/two/login: ",
                "logs -n 2 web | two/login: ",
                "logs --lines=1 web | login: ",
                "logs -n 0 web | ''",
                "logs -n 99 -f web | one/two/login: ",
                "logs -n 1 --since 2026-11-24T08:30:00Z web | login: ",
                "logs --crosvm web | crosvm: web: first/crosvm: web: the guest crashed/",
                "logs --crosvm -n 1 -f web | crosvm: web: the guest crashed/",
            },
            ignoreLeadingAndTrailingWhitespace = false)
    void printsTheLinesThatAreWanted(String command, String lines) {
        Run run = run(command.strip());
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .isEqualTo(lines.replaceFirst("^ ", "").replace("''", "").replace('/', '\n'));
    }

    @Test
    void namesTheMachineOfEachLineWhereThereAreSeveral() throws IOException {
        Path db = StateFile.ended(runtime, "longname", 0, "");
        Files.writeString(db.resolve("console.log"), "2026-11-24T08:00:00.000Z up\n");
        assertThat(run("logs -n 2 web longname").out())
                .isEqualTo("web      | two\nweb      | login: \nlongname | up\n");
    }

    @Test
    void saysWhatIsWrong() {
        assertThat(run("logs -n many web").err()).contains("'many' is not a number of lines");
        assertThat(run("logs --crosvm -t web").err()).contains("its lines have no times; leave out --since and -t");
        assertThat(run("logs --crosvm -t web").status()).isEqualTo(2);
    }
}
