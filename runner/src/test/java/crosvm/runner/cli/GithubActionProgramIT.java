package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script of {@code .github/actions/crosvm/action.yml}, word for word, as GitHub's runner starts it. */
class GithubActionProgramIT {
    private static final Path ACTION =
            Path.of("../.github/actions/crosvm/action.yml").toAbsolutePath();

    @TempDir
    private Path folder;

    private Path work;
    private final Map<String, String> inputs = new HashMap<>();

    @BeforeEach
    void writesAWorkspace() throws Exception {
        work = Files.createDirectory(folder.resolve("work"));
        Files.createDirectory(folder.resolve("temp"));
        Files.createDirectory(folder.resolve("bin"));
        Files.writeString(work.resolve("vm.yaml"), "name: web\nkernel: {builtin: hello}\n");
        // Machines are a stand-in's, for the runner of this test need not have a KVM; everything else is the program's.
        program("crosvm", """
                if [ "$1" != run ]; then exec "$PROGRAM" "$@"; fi
                printf '%s\\n' "$@" >../words; echo '::error::from the guest'; exit 7
                """);
    }

    private void program(String name, String text) throws Exception {
        Path program = Files.writeString(folder.resolve("bin").resolve(name), "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Map<?, ?> map(Object value) {
        return (Map<?, ?>) value;
    }

    /** As the runner does it for {@code shell: bash}. */
    private Program.Result runs() throws Exception {
        Map<?, ?> action = KubernetesSchema.documents(Files.readString(ACTION)).get(0);
        Map<?, ?> step = map(((List<?>) map(action.get("runs")).get("steps")).get(0));
        Map<String, String> known = new HashMap<>();
        map(action.get("inputs"))
                .forEach((name, input) -> known.put("${{ inputs." + name + " }}", inputs.getOrDefault(name, (String)
                        map(input).get("default"))));
        known.put("${{ github.action_repository }}", "owner/repository");
        known.put("${{ github.token }}", "token");
        Map<String, String> environment = new HashMap<>(Map.of(
                "GITHUB_OUTPUT", folder.resolve("output").toString(),
                "GITHUB_STEP_SUMMARY", folder.resolve("summary").toString(),
                "GITHUB_PATH", folder.resolve("path").toString(),
                "GITHUB_WORKSPACE", work.toString(),
                "RUNNER_TEMP", folder.resolve("temp").toString(),
                "SCRIPT",
                        Files.writeString(folder.resolve("script.sh"), (String) step.get("run"))
                                .toString(),
                "PATH", folder.resolve("bin") + ":/usr/bin:/bin"));
        map(step.get("env"))
                .forEach((name, value) -> environment.put(
                        (String) name,
                        Objects.requireNonNull(
                                known.get(value), "an expression that the test does not know: " + value)));
        return Program.script(
                work, environment, "export PROGRAM=$crosvm; exec bash --noprofile --norc -eo pipefail \"$SCRIPT\"");
    }

    @Test
    void annotatesFindingsAndFailsByTheirSeverity() throws Exception {
        Files.createDirectory(work.resolve("a b"));
        Files.writeString(work.resolve("a b/vm.yaml"), "name: x\nkernel: {builtin: hello}\nmemory: 1KiB\n");
        Program.Result result = runs();
        assertThat(result.status()).as(result.err()).isEqualTo(1);
        assertThat(result.out()).contains("::error file=a b/vm.yaml,line=3,endLine=3,col=");
        assertThat(Files.readString(folder.resolve("output"))).matches("findings=[1-9]\n");
        assertThat(Files.readString(folder.resolve("summary")))
                .contains("### crosvm lint: ", "    a b/vm.yaml:3:")
                .doesNotContain("::error");
        assertThat(folder.resolve("words")).doesNotExist();
    }

    @Test
    void runsTheLinesInAMachineAndHandsTheirStatusOn() throws Exception {
        inputs.putAll(Map.of("paths", "vm.yaml", "spec", "ci/test.yaml", "run", "cd \"$HOME\"\nmake test\n"));
        Program.Result result = runs();
        assertThat(result.status()).as(result.err()).isEqualTo(7);
        assertThat(Files.readString(folder.resolve("words")))
                .isEqualTo("run\n--rm\nci/test.yaml\n--\nsh\n-ec\ncd \"$HOME\"\nmake test\n\n");
        assertThat(Files.readString(folder.resolve("output"))).isEqualTo("findings=0\nstatus=7\n");
        assertThat(Files.readString(folder.resolve("summary"))).contains("### crosvm run: exit status 7");
        // What the guest prints stands between two lines that only the runner knows.
        assertThat(result.out())
                .matches("(?s).*::stop-commands::(crosvm-[0-9a-f]{32})\n::error::from the guest\n\n::\\1::\n");
    }

    @Test
    void takesAReleaseOfTheRightDigestAlone() throws Exception {
        Files.delete(folder.resolve("bin/crosvm"));
        assertThat(runs().out()).contains("::error title=crosvm::crosvm is not on the PATH: give tag and sha256");
        Path release = Files.createDirectories(folder.resolve("crosvm-1.2.3/bin"));
        Files.writeString(release.resolve("crosvm"), "#!/bin/sh\necho \"released $1\"\n");
        Files.setPosixFilePermissions(release.resolve("crosvm"), PosixFilePermissions.fromString("rwxr-xr-x"));
        program(
                "gh",
                "[ \"$*\" = \"release download v1.2.3 --repo owner/repository --pattern crosvm-1.2.3-linux-x86_64.tar.gz"
                        + " --dir $RUNNER_TEMP --clobber\" ] && [ \"$GH_TOKEN\" = token ]"
                        + " && tar -czf \"$RUNNER_TEMP/crosvm-1.2.3-linux-x86_64.tar.gz\" -C " + folder
                        + " crosvm-1.2.3\n");
        inputs.putAll(Map.of("tag", "v1.2.3", "sha256", "0".repeat(64)));
        Program.Result other = runs();
        assertThat(other.status()).as(other.err()).isEqualTo(1);
        assertThat(other.out()).contains("crosvm-1.2.3-linux-x86_64.tar.gz has another digest");
        program("sha256sum", "cat >/dev/null"); // The archive's own digest depends on its times.
        Program.Result result = runs();
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.out()).contains("released lint");
        assertThat(Files.readString(folder.resolve("path"))).isEqualTo(folder.resolve("temp/crosvm/bin") + "\n");
    }
}
