package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lint says of the machines of one file. */
class FleetFileLintTest {
    @TempDir
    private Path folder;

    private static List<String> lint(String text) {
        return Linter.create(Map.of())
                .add("vm.yaml", text.getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .report()
                .problems()
                .stream()
                .map(Problem::headline)
                .toList();
    }

    @Test
    void comparesTheMachinesOfAFile() {
        assertThat(lint("""
                        defaults: {kernel: {builtin: hello}}
                        machines:
                          a: {networks: [{user: true, forward: ["8080:80"]}]}
                          b: {networks: [{user: true, forward: ["8080:80"]}]}
                        """))
                .containsExactly(
                        "vm.yaml:4:41: error: machines.b.networks[0].forward[0]: the host's port 8080 is used at"
                                + " vm.yaml:3:41 too [fleet-port]");
    }

    @Test
    void tellsOfWhatReplicasShareOnce() {
        assertThat(lint("""
                        machines:
                          a: {kernel: {builtin: hello}, replicas: 3, vsock: 7, disks: [{path: a.img, readOnly: false}]}
                        """))
                .filteredOn(line -> line.contains("fleet-"))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains(":2:53: ", "the context id 7 is that of several machines here"),
                        line -> assertThat(line)
                                .contains("/specs/a.img is that of several machines here", "fleet-disk"));
    }

    @Test
    void findsWhatIsUnwiseInEachAndHonoursComments() {
        String text = """
                machines:
                  a: {kernel: {image: v, initrd: i}, memory: 32MiB}
                  b: {kernel: {image: v, initrd: i}, memory: 32MiB} # crosvm-lint: ignore=small-memory it is small
                """;
        assertThat(lint(text))
                .singleElement()
                .asString()
                .startsWith("vm.yaml:2:46: warning: machines.a.memory: 32MiB is little");
        assertThat(lint(text + "  c: {kernel: {builtin: hello}} # crosvm-lint: ignore=small-memory why\n"))
                .anySatisfy(line -> assertThat(line).contains("vm.yaml:4:", "ignore-unused"));
    }

    @Test
    void honoursTheCommentsOfAnIncludedFileInThatFile() throws IOException {
        Files.writeString(
                folder.resolve("common.yaml"),
                "defaults:\n  kernel: {image: v, initrd: i}\n  memory: 32MiB # crosvm-lint: ignore=small-memory tiny\n");
        Path main = Files.writeString(folder.resolve("vm.yaml"), "include: [common.yaml]\nmachines: {a: {}, b: {}}\n");
        assertThat(Linter.create(Map.of()).add(main).report().problems()).isEmpty();
    }

    @Test
    void doesNotCompareAnIncludedFileWithTheOneThatIncludesIt() throws IOException {
        Path web = Files.createDirectory(folder.resolve("web"));
        Path one = Files.writeString(
                web.resolve("vm.yaml"), "kernel: {builtin: hello}\nnetworks: [{user: true, forward: ['8080:80']}]\n");
        Path main = Files.writeString(folder.resolve("vm.yaml"), "include: [web/vm.yaml]\n");
        for (List<Path> order : List.of(List.of(one, main), List.of(main, one))) {
            Linter linter = Linter.create(Map.of());
            order.forEach(linter::add);
            assertThat(linter.report().problems()).isEmpty();
        }
    }

    @Test
    void staysSmallWhateverAHostileFileSays() {
        StringBuilder text = new StringBuilder("defaults: {memory: 1, cpus: 0, kernel: {}}\nmachines:\n");
        for (int i = 0; i < 900; i++) {
            text.append("  m")
                    .append(i)
                    .append(": {dependsOn: [m")
                    .append((i + 1) % 900)
                    .append("]}\n");
        }
        assertThat(lint(text.toString()))
                .as("the cycle, and each mistake of the defaults once")
                .hasSizeLessThan(10)
                .last()
                .asString()
                .contains("dependency-cycle");
        assertThat(lint(text.toString().replaceAll("dependsOn: \\[m[0-9]+]", "")))
                .as("each mistake of the defaults once")
                .hasSizeLessThan(10);
    }
}
