package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrosvmTest {
    private static final String SPEC =
            "kernel: vmlinuz\nmemory: 512MiB\ndisks: [{id: root, path: /r.img, root: true}]\n";

    private static String config(String... flags) {
        String[] arguments = Arrays.copyOf(new String[] {"config", "-"}, 2 + flags.length);
        System.arraycopy(flags, 0, arguments, 2, flags.length);
        Run run = Run.withInput(SPEC, arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    @Test
    void showsItsHelpOnStandardErrorWhenThereIsNoCommand() {
        Run run = Run.of();
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("Usage: crosvm", "graph", "Exit status:", "33", "triple fault");
    }

    @Test
    void showsItsHelpOnStandardOutputWhenAsked() {
        assertThat(Run.of("--help")).satisfies(run -> {
            assertThat(run.status()).isZero();
            assertThat(run.out()).contains("Usage: crosvm");
            assertThat(run.err()).isEmpty();
        });
        assertThat(Run.of("graph", "--help").out()).contains("Usage: crosvm graph", "--memory", "--set");
    }

    @Test
    void tellsItsVersion() {
        Run run = Run.of("--version");
        assertThat(run.status()).isZero();
        assertThat(run.out()).matches("crosvm-in-Java [0-9][^ ]* \\((commit .*, )?Java .*\\)\n");
    }

    /** Without an option it is read without picocli, with one that changes nothing by it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "kernel: vmlinuz\nmemroy: 1GiB\n",
                "kernel: vmlinuz\n",
                "machines: {a: {kernel: vmlinuz}}\n",
                "machines: {a: {kernl: vmlinuz}}\n",
                "- a"
            })
    void tellsOfOneFileWhatItTellsOfItBesideOptions(String text, @TempDir Path folder) throws IOException {
        String file = Files.writeString(folder.resolve("vm.yaml"), text).toString();
        Run plain = Run.of("up", file);
        assertThat(plain).isEqualTo(Run.of("up", "--no-deps", file));
        assertThat(plain.status()).isNotZero();
        assertThat(plain.err()).isNotEmpty();
        assertThat(Run.of("up", file + "x")).isEqualTo(Run.of("up", "--no-deps", file + "x"));
        assertThat(Run.of("up", folder.toString())).isEqualTo(Run.of("up", "--no-deps", folder.toString()));
    }

    @Test
    void takesHelpAndVersionForCommandsToo() {
        assertThat(Run.of("help")).isEqualTo(Run.of("--help"));
        assertThat(Run.of("help", "up")).isEqualTo(Run.of("up", "--help"));
        assertThat(Run.of("version")).isEqualTo(Run.of("--version"));
        assertThat(Run.of("version", "--format", "json").out()).contains("\"version\": \"" + Version.number() + "\"");
        Run unknown = Run.of("help", "grahp");
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).contains("unknown command: grahp. Did you mean graph?");
    }

    /** The tests' folder is the module's, which has none. */
    @ParameterizedTest
    @ValueSource(strings = {"up", "config", "graph"})
    void tellsOfInitWhereThereIsNoSpec(String command) {
        Run run = Run.of(command);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .contains("the current folder has no vm.yaml. Create one: crosvm init", "crosvm " + command + " FILE");
    }

    @Test
    void tellsWhichCommitAReleaseWasMadeFrom() {
        assertThat(Version.text("1.2.3", "0123456789ab"))
                .startsWith("crosvm-in-Java 1.2.3 (commit 0123456789ab, Java ");
        assertThat(Version.text("1.2.3", "")).startsWith("crosvm-in-Java 1.2.3 (Java ");
    }

    @Test
    void namesTheNearestCommandAndFlag() {
        assertThat(Run.of("grahp").err()).contains("Did you mean graph?");
        assertThat(Run.of("graph", "--memry=2").err()).contains("Did you mean --memory?");
        assertThat(Run.of("graph", "--memry=2").status()).isEqualTo(2);
    }

    @Test
    void takesTheFlagThatComesLastWhateverItsKind() {
        assertThat(config("--memory", "1GiB", "--set", "memory=2GiB")).contains("memory: 2GiB\n");
        assertThat(config("--set", "memory=2GiB", "-m", "1GiB")).contains("memory: 1GiB\n");
        assertThat(config("-m1GiB", "-m", "3GiB", "--set", "cpus=2", "-c", "4")).contains("memory: 3GiB", "cpus: 4");
    }

    @Test
    void appendsWithTheFlagOfAList() {
        assertThat(config("--disk", "/b.img,readOnly=false", "--disk", "/c.img"))
                .containsSubsequence("path: /r.img", "path: /b.img", "readOnly: false", "path: /c.img");
    }

    @Test
    void takesBooleanFlagsWithAndWithoutAValueAndNegated() {
        assertThat(config("--balloon=false")).contains("balloon:\n  enabled: false\n");
        assertThat(config("--no-balloon")).contains("balloon:\n  enabled: false\n");
        assertThat(config("--no-balloon", "--balloon")).contains("balloon:\n  enabled: true\n");
        assertThat(config("--no-balloon", "--balloon", "false")).contains("balloon:\n  enabled: false\n");
    }

    @Test
    void doesNotTakeTheFileForABooleanFlagsValue() {
        Run run = Run.withInput(SPEC, "config", "--balloon", "-");
        assertThat(run.out()).contains("balloon:\n  enabled: true\n");
    }

    @Test
    void showsAllProblemsOfASpecWithTheirPlacesAndEndsWithTwo() {
        Run run = Run.withInput("kernell: x\nmemory: lots\n", "graph", "-");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("-:1:1: error", "-:2:9: error", "^");
    }

    @Test
    void namesTheFlagWhoseValueIsWrong() {
        Run run = Run.withInput(SPEC, "graph", "-", "--cpus", "many");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--cpus");
    }

    @Test
    void refusesAFileThatIsNotThere() {
        Run run = Run.of("graph", "/no/such/vm.yaml");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("/no/such/vm.yaml: error: no such file");
    }

    @Test
    void tellsWhereEachValueComesFrom() {
        assertThat(config("--provenance", "--cpus", "2"))
                .containsPattern("memory +512MiB +-:2\n")
                .containsPattern("cpus +2 +--cpus\n")
                .containsPattern("rng.enabled +true +default\n");
    }

    @Test
    void tellsProvenanceAndHashToProgramsToo() {
        assertThat(config("--provenance", "--format", "json", "--cpus", "2"))
                .containsPattern("\"cpus\": [{]\\s+\"value\": \"2\",\\s+\"origin\": \"--cpus\"");
        assertThat(config("--hash", "--format", "json"))
                .isEqualTo("{\"hash\":\"" + config("--hash").strip() + "\"}\n");
    }

    @Test
    void hashesTheMeaningAndNotTheWay() {
        assertThat(config("--hash", "--memory", "1GiB")).isEqualTo(config("--hash", "--set", "memory=1024"));
        assertThat(config("--hash")).isNotEqualTo(config("--hash", "--memory", "1GiB"));
    }

    @Test
    void refusesAFormatThatDoesNotExist() {
        Run run = Run.withInput(SPEC, "config", "-", "--format", "xml");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--format", "yaml, json");
    }

    @Test
    void knowsEveryCommandByTheNameItGivesItself() {
        assertThat(Crosvm.commandLine().getSubcommands())
                .allSatisfy((name, line) -> assertThat(
                                ((Command) line.getCommandSpec().userObject()).name())
                        .isEqualTo(name));
    }

    @Test
    void hashesASpecTheSameWhereverItsFolderLies(@TempDir Path here, @TempDir Path there) throws IOException {
        String spec = "name: web\nkernel: {image: vmlinuz, initrd: ../initrd.img}\n";
        String one = Files.writeString(here.resolve("vm.yaml"), spec).toString();
        String other = Files.writeString(
                        Files.createDirectory(there.resolve("deep")).resolve("vm.yaml"), spec)
                .toString();
        String changed = Files.writeString(there.resolve("vm.yaml"), spec.replace("vmlinuz", "bzImage"))
                .toString();

        assertThat(Run.of("config", one, "--hash").out())
                .isEqualTo(Run.of("config", other, "--hash").out())
                .isNotEqualTo(Run.of("config", changed, "--hash").out());
    }
}
