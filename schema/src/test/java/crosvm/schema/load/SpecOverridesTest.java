package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.Placement;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import crosvm.schema.write.SpecWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecOverridesTest {
    private static final String FILE = """
            kernel: vmlinuz
            disks:
              - {id: root, path: root.img}
              - data.img
            """;

    @Test
    void addressesItemsByIdDerivedIdAndIndex() {
        VmSpec spec = load(set(
                        "disks.root.path=/x.img", "disks.disk1.readOnly=false", "disks[0].root=true", "disks.2=/y"))
                .orThrow();
        assertThat(spec.disks().get(0).path()).isEqualTo(Path.of("/x.img"));
        assertThat(spec.disks().get(0).root()).isTrue();
        assertThat(spec.disks().get(1).readOnly()).isFalse();
        assertThat(spec.disks().get(1).path()).isEqualTo(Path.of("/specs/data.img"));
        assertThat(spec.disks().get(2).path()).isEqualTo(Path.of("/y"));
    }

    @Test
    void resolvesPathsOfFlagsAgainstTheWorkingFolder() {
        VmSpec spec = load(set("kernel.initrd=initrd.img")).orThrow();
        assertThat(spec.kernel().initrd()).isEqualTo(Path.of("initrd.img").toAbsolutePath());
    }

    @Test
    void appendsItemsAndWordsByFlag() {
        VmSpec spec = load(SpecOverrides.builder()
                        .flag("--disk", "/extra.img,readOnly=false,id=extra")
                        .flag("--net", "user,forward=8080:80,forward=8443:443")
                        .flag("--params", "quiet splash")
                        .flag("--params", "foo")
                        .flag("--com1", "file,path=/log")
                        .flag("--sandbox-device", "rng=thread")
                        .flag("--memory", "1GiB")
                        .flag("--name", "no")
                        .build())
                .orThrow();
        assertThat(spec.disks()).hasSize(3);
        assertThat(spec.disks().get(2).id()).isEqualTo("extra");
        assertThat(spec.networks().get(0).forward()).hasToString("[8080:80, 8443:443]");
        assertThat(spec.kernel().params()).containsExactly("quiet", "splash", "foo");
        assertThat(spec.console().com1().path()).isEqualTo(Path.of("/log"));
        assertThat(spec.sandbox().devices()).containsEntry("rng", Placement.THREAD);
        assertThat(spec.memory()).isEqualTo(MemorySize.ofMib(1024));
        assertThat(spec.name()).isEqualTo("no");
    }

    @Test
    void takesFieldsAway() {
        SpecLoader loader = SpecLoader.withEnvironment(Map.of());
        byte[] file = (FILE + "wayland: auto\nmemory: 1GiB").getBytes(StandardCharsets.UTF_8);
        SpecOverrides overrides = SpecOverrides.builder()
                .unset("wayland", "--no-wl")
                .set("memory=null")
                .set("disks.root=null")
                .build();
        VmSpec spec = loader.load("vm.yaml", file, Path.of("/specs"), overrides).orThrow();
        assertThat(spec.wayland()).isNull();
        assertThat(spec.memory()).isEqualTo(MemorySize.ofMib(256));
        assertThat(spec.disks()).hasSize(1);
    }

    @Test
    void buildsASpecWithoutAFile() {
        LoadResult result = SpecLoader.withEnvironment(Map.of())
                .build(
                        "crosvm run",
                        SpecOverrides.builder().flag("--kernel", "/vmlinuz").build());
        assertThat(result.orThrow().kernel().image()).isEqualTo(Path.of("/vmlinuz"));
        assertThat(result.origins().get("kernel.image").describe()).isEqualTo("--kernel");
        assertThat(result.origins().get("memory").describe()).isEqualTo("default");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            memroy=1           | --set memroy: error: there is no field "memroy" [bad-override]
            disks.rot.path=a   | --set disks.rot.path: error: there is no "rot" in disks [bad-override]
            disks.7.path=a     | --set disks.7.path: error: there is no disks[7] [bad-override]
            memory.size=1      | --set memory.size: error: "memory" is a plain value, it has no fields [bad-override]
            memory             | --set memory: error: has no value [bad-override]
            memory=1e3         | --set memory: error: memory: "1e3" is a floating point number [yaml-float]
            cpus=0             | --set cpus: error: cpus: is 0, must be at least 1 [out-of-range]
            disks=[{pat: a}]   | --set disks: error: disks[0]: unknown key "pat" [unknown-key]
            kernel={           | --set kernel: error: not YAML: the { that opens here is never closed [yaml-syntax]
            """)
    void namesTheFlagThatIsWrong(String assignment, String expected) {
        assertThat(load(set(assignment)).problems().stream().map(Problem::headline))
                .contains(expected);
    }

    @Test
    void takesNoMisspeltFieldOfADiskForAFile() {
        assertThat(load(SpecOverrides.builder().flag("--disk", "patth=/x.img").build())
                        .problems())
                .extracting(Problem::message)
                .contains("unknown key \"patth\"");
        assertThat(load(SpecOverrides.builder().flag("--disk", "./a=b.img").build())
                        .orThrow()
                        .disks())
                .last()
                .satisfies(disk -> assertThat(disk.path()).hasFileName("a=b.img"));
    }

    @Test
    void refusesAFlagThatNoFieldHas() {
        assertThatThrownBy(() -> SpecOverrides.builder().flag("--nope", "1"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void givesTheSameHashByFlagAndBySet() {
        List<String> tried = new ArrayList<>();
        for (Map.Entry<String, FieldInfo> entry : SpecOverrides.flags().entrySet()) {
            FieldInfo field = entry.getValue();
            if (!(field.type() instanceof FieldType.Scalar)) {
                continue;
            }
            String example = field.doc().example();
            LoadResult byFlag =
                    load(SpecOverrides.builder().flag(entry.getKey(), example).build());
            LoadResult bySet = load(set(field.path() + "=" + example));
            if (field.path().equals("kernel.builtin")) {
                assertThat(byFlag.problems()).hasSameSizeAs(bySet.problems());
                continue;
            }
            assertThat(SpecWriter.flatten(byFlag.orThrow()))
                    .as(field.path())
                    .isEqualTo(SpecWriter.flatten(bySet.orThrow()))
                    .isNotEqualTo(SpecWriter.flatten(load(SpecOverrides.none()).orThrow()));
            tried.add(field.path());
        }
        assertThat(tried).hasSizeGreaterThan(15);
    }

    @Test
    void writesWhatLoadsToTheSame() {
        for (String file : List.of(FILE, FullSpec.YAML, FILE + "sandbox: {groups: {none: []}}")) {
            VmSpec spec = SpecLoader.withEnvironment(Map.of())
                    .load("vm.yaml", file, Path.of("/sp ecs/$x"))
                    .orThrow();
            String yaml = SpecWriter.toYaml(spec);
            VmSpec again = SpecLoader.withEnvironment(Map.of())
                    .load("again.yaml", yaml, Path.of("/elsewhere"))
                    .orThrow();
            assertThat(again).isEqualTo(spec);
            assertThat(SpecWriter.toYaml(again)).isEqualTo(yaml);
            assertThat(SpecLoader.withEnvironment(Map.of())
                            .load("again.json", SpecWriter.toJson(spec), Path.of("/elsewhere"))
                            .orThrow())
                    .isEqualTo(spec);
            assertThat(SpecWriter.flatten(spec)).containsEntry("cpus", "" + spec.cpus());
        }
    }

    @Test
    void setsEveryFieldOfTheFullMachine() {
        VmSpec spec = SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", FullSpec.YAML, Path.of("/specs"))
                .orThrow();
        List<String> absent = new ArrayList<>();
        String flat = String.join("\n", SpecWriter.flatten(spec).keySet()).replaceAll("\\[\\d+]", "[]");
        SpecModel.fields().forEach(field -> {
            boolean leaf = SpecModel.recordIn(field.type()) == null;
            String path = Pattern.quote(field.path()).replace("*", "\\E[^.\n]+\\Q");
            if (leaf && !Pattern.compile(path).matcher(flat).find()) {
                absent.add(field.path());
            }
        });
        assertThat(absent)
                .containsExactly(
                        "kernel.source.url",
                        "kernel.source.sha256",
                        "kernel.from",
                        "kernel.builtin",
                        "kernel.initrdSource.url",
                        "kernel.initrdSource.sha256",
                        "networks[].network",
                        "networks[].address",
                        "networks[].internet.enabled",
                        "networks[].internet.allow",
                        "console.com2.path",
                        "console.com3.path",
                        "console.com4.path",
                        "guest.cloudInit.userData.file",
                        "guest.cloudInit.metaData.text",
                        "guest.cloudInit.networkConfig.file",
                        "ready.console",
                        "ready.vsock",
                        "health.port");
    }

    private static SpecOverrides set(String... assignments) {
        SpecOverrides.Builder builder = SpecOverrides.builder();
        for (String assignment : assignments) {
            builder.set(assignment);
        }
        return builder.build();
    }

    private static LoadResult load(SpecOverrides overrides) {
        return SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", FILE.getBytes(StandardCharsets.UTF_8), Path.of("/specs"), overrides);
    }
}
