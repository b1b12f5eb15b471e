package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the lint of one sound file loads, of which its processor time consists; counted, since times depend on the machine. */
class LintStartProgramIT {
    private static final String SPEC = """
            # A machine as most are.
            name: web
            kernel: {image: vmlinuz, initrd: initrd.img, params: [quiet, "loglevel=3"]}
            memory: 2GiB
            cpus: 2
            disks: [{path: root.img, root: true}, {id: data, path: data.img, readOnly: false}]
            networks: [{user: true, forward: ["8080:80"]}] # behind passt
            console: {com1: {to: file, path: log}}
            restart: on-crash
            """;

    @TempDir
    Path folder;

    /** The log's lines about the classes that the program loads: {@code [0.1s]...] NAME source: WHERE}. */
    private List<String> loaded() throws Exception {
        Files.writeString(folder.resolve("vm.yaml"), SPEC);
        Path log = folder.resolve("classes");
        Program.Result result = Program.script(
                folder, Map.of("CROSVM_JAVA_OPTS", "-Xlog:class+load:file=" + log), "exec $crosvm lint vm.yaml");
        assertThat(result.out()).as(result.err()).isEqualTo("1 file, 0 errors, 0 warnings\n");
        List<String> lines = Files.readAllLines(log);
        assertThat(lines).anyMatch(line -> line.contains("crosvm.schema.lint.Linter "));
        return lines;
    }

    private static Predicate<String> has(String part) {
        return line -> line.contains(part);
    }

    @Test
    void linksNoLambdaOfOursAndLooksForNoCryptographyNorLogger() throws Exception {
        assertThat(loaded())
                .noneMatch(line -> line.contains("crosvm.") && line.contains("$$Lambda"))
                .noneMatch(has("java.security.MessageDigest"))
                .noneMatch(has("BootstrapLogger$DetectBackend"))
                .noneMatch(has("org.hibernate"));
    }

    @Test
    void takesAllClassesFromTheArchiveThatTheBuildMakes() throws Exception {
        assertThat(loaded().stream().filter(has("source: file:"))).isEmpty();
    }
}
