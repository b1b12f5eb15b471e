package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.report.GraphJson;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.SpecModel;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No field is for nothing: for each there is a value that changes the device graph. */
class FieldEffectTest {
    private static final List<String> BASES =
            List.of(read("full"), read("network"), read("images").replace(".squashfs.xz", ".squashfs"), """
            kernel: vmlinuz
            console:
              com1: {to: file, path: 1.log}
              com2: {to: file, path: 2.log}
              com3: {to: file, path: 3.log}
              com4: {to: file, path: 4.log}
              hvc0: {to: file, path: 5.log}
            """, """
            kernel: vmlinuz
            vsock: 3
            networks: [{user: true, forward: ["8443:443", "8080:80"]}]
            ready: {port: 80}
            health: {port: 80}
            """);

    /** They name what stands at the top of a file of several machines. */
    private static final List<String> OF_FLEETS = List.of(
            "networks[].network",
            "networks[].address",
            "networks[].internet",
            "networks[].internet.enabled",
            "networks[].internet.allow");

    /** What else has to change where a value is allowed only beside others. */
    private static final Map<String, List<String>> COMPANIONS = Map.of(
            "kernel.builtin", List.of("kernel.image=null"),
            "kernel.from", List.of("kernel.image=null", "kernel.initrd=null"),
            "ready.systemd", List.of("ready.port=null"),
            "ready.vsock", List.of("ready.port=null"));

    private static String read(String example) {
        try {
            return Files.readString(Path.of("../examples", example + ".yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> fields() {
        List<String> paths = new ArrayList<>();
        SpecModel.fields().forEach(field -> paths.add(field.path()));
        paths.removeAll(OF_FLEETS);
        return paths;
    }

    @Test
    void changesTheGraphOfAFleet(@TempDir Path folder) throws IOException {
        Set<String> graphs = new HashSet<>();
        List<String> all = List.of(
                "network: lan",
                "network: wan",
                "network: lan, address: 10.7.7.7",
                "network: lan, internet: {enabled: false}",
                "network: lan, internet: {allow: [deb.debian.org]}");
        for (String network : all) {
            Path file = Files.writeString(folder.resolve("vm.yaml"), """
                    networks: {lan: {subnet: 10.7.7.0/24}, wan: {}}
                    machines: {web: {kernel: {builtin: hello}, networks: [{%s}]}}
                    """.formatted(network));
            Run run = Run.of("graph", file.toString(), "--format", "json");
            assertThat(run.status()).as(run.err()).isZero();
            graphs.add(run.out());
        }
        assertThat(graphs).hasSize(all.size());
    }

    @ParameterizedTest
    @MethodSource("fields")
    void changesTheDeviceGraph(String path) {
        List<String> companions = COMPANIONS.getOrDefault(path, List.of());
        boolean effect = BASES.stream().anyMatch(base -> {
            String before = graph(base, List.of()).orElseThrow();
            return candidates(path).anyMatch(change -> {
                List<String> changes = new ArrayList<>(companions);
                changes.add(change);
                return graph(base, changes)
                        .filter(after -> !after.equals(before))
                        .isPresent();
            });
        });
        assertThat(effect).as("a value of %s that changes the graph", path).isTrue();
    }

    private static Stream<String> candidates(String path) {
        FieldInfo field = find(path);
        Stream<String> values = Stream.concat(Stream.of(field.doc().example()), usual(field.type()));
        List<String> concrete =
                Stream.of("0", "1").map(i -> path.replace("[]", "." + i)).toList();
        return values.flatMap(value -> concrete.stream().map(p -> p + "=" + value));
    }

    private static Stream<String> usual(FieldType type) {
        return type instanceof FieldType.Scalar scalar && !scalar.words().isEmpty()
                ? scalar.words().stream()
                : Stream.of(
                        "true",
                        "false",
                        "1",
                        "2",
                        "/elsewhere",
                        "null",
                        "128MiB",
                        "255.255.0.0",
                        "{to: file, path: /x}");
    }

    private static FieldInfo find(String path) {
        List<FieldInfo> found = new ArrayList<>();
        SpecModel.fields().forEach(field -> {
            if (field.path().equals(path)) {
                found.add(field);
            }
        });
        return found.get(0);
    }

    private static Optional<String> graph(String base, List<String> changes) {
        SpecOverrides.Builder overrides = SpecOverrides.builder();
        changes.forEach(overrides::set);
        LoadResult result = SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", base.getBytes(StandardCharsets.UTF_8), Path.of("/vm"), overrides.build());
        return Optional.ofNullable(result.spec()).map(spec -> GraphJson.of(DeviceModules.plan(spec)));
    }
}
