package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.report.GraphDot;
import crosvm.runner.report.GraphSvg;
import crosvm.runner.report.GraphTable;
import crosvm.runner.report.SecurityReport;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The examples lint clean and plan, and their graphs are as written down in {@code src/test/resources/graphs}. After a
 * wanted change write them anew with {@code -Dgolden.update=true} and look at the difference.
 */
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("../examples");
    private static final Path GRAPHS = Path.of("src/test/resources/graphs");
    private static final Path JAILS = Path.of("src/test/resources/jails");

    static List<String> examples() {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of one machine. */
    static List<String> machines() {
        List<String> all = new ArrayList<>(examples());
        all.removeIf(name -> SpecLoader.create().fleet(EXAMPLES.resolve(name)) != null);
        return all;
    }

    private static DeviceGraph plan(String name) throws IOException {
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                .load(name, Files.readString(EXAMPLES.resolve(name)), Path.of("/examples"))
                .orThrow());
    }

    @Test
    void areAtLeastEightAndLintCleanTogether() {
        assertThat(examples()).hasSizeGreaterThanOrEqualTo(8);
        Run run = Run.of("lint", "--fail-on", "info", EXAMPLES.toString());
        assertThat(run.out()).contains(examples().size() + " files, 0 errors, 0 warnings");
        assertThat(run.status()).isZero();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void sayFirstWhatTheyShowAndWhatTheyNeed(String name) throws IOException {
        List<String> lines = Files.readAllLines(EXAMPLES.resolve(name));
        assertThat(lines.get(0)).startsWith("# Shows: ");
        assertThat(lines).anyMatch(line -> line.startsWith("# Needs: "));
        assertThat(lines).contains("# yaml-language-server: $schema=../schema/vm.schema.json");
    }

    @ParameterizedTest
    @MethodSource("machines")
    void haveTheGraphThatIsWrittenDown(String name) throws IOException {
        assertAsWrittenDown(GRAPHS.resolve(name.replace(".yaml", ".txt")), GraphTable.of(plan(name)));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void haveTheJailTableThatIsWrittenDown(String name) throws IOException {
        assertAsWrittenDown(JAILS.resolve(name.replace(".yaml", ".txt")), SecurityReport.of(plan(name)));
    }

    private static void assertAsWrittenDown(Path golden, String graph) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(golden.getParent());
            Files.writeString(golden, graph);
        }
        assertThat(graph).isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void canBeDrawn(String name) throws IOException {
        DeviceGraph graph = plan(name);
        assertThat(GraphSvg.of(graph)).startsWith("<svg ").endsWith("</svg>\n");
        assertThat(GraphDot.of(graph)).startsWith("digraph ").endsWith("}\n");
        assertThat(GraphSvg.of(graph)).as("the same every time").isEqualTo(GraphSvg.of(graph));
    }

    @Test
    void drawTheNetworksBetweenMachines() {
        String networks = EXAMPLES.resolve("networks.yaml").toString();
        assertThat(Run.of("graph", networks, "--format", "dot").out())
                .contains("\"web\" -> \"network lan\";", "\"db\" -> \"network lan\";", "10.194.7.0/24");
        assertThat(Run.of("graph", networks, "--format", "json").out()).contains("\"lan\": \"10.194.7.10\"");
        assertThat(Run.of("graph", networks).out())
                .contains(
                        "network lan: 10.194.7.0/24, leads to the internet, db reaches nothing outside, port 8080 of the host to web:80\n")
                .contains("db: on lan at 10.194.7.10\n");
    }

    @Test
    void drawSeveralMachinesWithWhatTheyNeedOfEachOther() {
        String fleet = EXAMPLES.resolve("fleet.yaml").toString();
        assertThat(Run.of("graph", fleet, "--format", "dot").out())
                .contains("\"worker-1\" -> \"first\";", "\"worker-2\" -> \"first\";", "2 vCPUs, 64MiB");
        assertThat(Run.of("graph", fleet, "--format", "svg").out())
                .startsWith("<svg ")
                .endsWith("</svg>\n");
        assertThat(Run.of("graph", fleet, "--format", "json").out())
                .contains("\"fleet\": \"demo\"", "\"first\": \"ended\"", "\"name\": \"demo-spare\"");
        assertThat(Run.of("graph", fleet).out()).contains("worker-2: after first is started\n");
        assertThat(Run.of("graph", fleet, "spare").out()).doesNotContain("worker");
        assertThat(Run.of("graph", fleet, "--security").err()).contains("name one of them behind it: first, worker-1");
        assertThat(Run.of("graph", fleet, "nobody").err()).contains("nobody: is neither a file nor a machine in");
    }
}
