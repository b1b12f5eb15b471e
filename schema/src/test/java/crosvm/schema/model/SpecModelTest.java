package crosvm.schema.model;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec.Device;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import crosvm.schema.write.SpecWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The one source of truth says everything it has to, about every field. */
class SpecModelTest {
    @Test
    void documentsEveryField() {
        List<String> paths = new ArrayList<>();
        SpecModel.fields().forEach(field -> {
            paths.add(field.path());
            assertThat(field.doc().value()).as(field.path()).isNotBlank().endsWith(".");
            assertThat(field.doc().example()).as(field.path()).isNotBlank();
            boolean hasFlag = field.flag() != null;
            boolean isContainer = field.type() instanceof FieldType.Group && !hasFlag;
            if (!isContainer) {
                assertThat(hasFlag)
                        .as("flag or file only: " + field.path())
                        .isNotEqualTo(field.doc().fileOnly());
            }
        });
        assertThat(paths).doesNotHaveDuplicates().hasSizeGreaterThan(50);
    }

    @Test
    void hasADefaultForEveryFieldThatIsNotRequired() {
        SpecModel.fields().forEach(field -> {
            boolean filled = !field.doc().defaultValue().isEmpty()
                    || !field.doc().derived().isEmpty()
                    || field.nullable()
                    || field.type() instanceof FieldType.Items
                    || field.type() instanceof FieldType.Entries
                    || field.type() instanceof FieldType.Group;
            assertThat(filled || field.required()).as(field.path()).isTrue();
        });
    }

    @Test
    void hasAnExampleThatLoadsAndIsNotTheDefault() {
        SpecModel.fields().forEach(field -> {
            if (field.path().contains("[]")
                    || field.path().contains("*")
                    || field.path().startsWith("kernel")) {
                return;
            }
            LoadResult plain = load(SpecOverrides.none());
            LoadResult changed = load(SpecOverrides.builder()
                    .set(field.path() + "=" + field.doc().example())
                    .build());
            List<Problem> errors = changed.problems().stream()
                    .filter(p -> p.severity() == Severity.ERROR)
                    // Fields that need another one beside them.
                    .filter(p -> !List.of(
                                    "terminal-twice",
                                    "port-path",
                                    "missing-key",
                                    "ready-choice",
                                    "ready-needs-vsock",
                                    "ready-port",
                                    "health-choice")
                            .contains(p.rule().id()))
                    .toList();
            assertThat(errors).as(field.path()).isEmpty();
            if (changed.spec() != null && !(field.type() instanceof FieldType.Group)) {
                assertThat(SpecWriter.flatten(changed.orThrow()))
                        .as(field.path())
                        .isNotEqualTo(SpecWriter.flatten(plain.orThrow()));
            }
        });
    }

    @Test
    void refusesFlagsThatTwoFieldsHave() {
        List<String> flags = new ArrayList<>();
        SpecModel.fields().forEach(field -> {
            if (!field.doc().flag().isEmpty()) {
                flags.add(field.doc().flag());
            }
            if (!field.doc().shortFlag().isEmpty()) {
                flags.add(field.doc().shortFlag());
            }
        });
        assertThat(flags).doesNotHaveDuplicates().allMatch(f -> f.matches("--[a-z0-9-]+|-[a-z]"));
    }

    @Test
    void givesTheDevicesOfAMachineInTheOrderOfTheirSlotsWithTheirNamesAndFields() {
        VmSpec spec = load(SpecOverrides.builder()
                        .set("networks=[{user: true}]")
                        .set("shares=[{tag: src, path: src}]")
                        .set("console.hvc0=terminal")
                        .set("console.com1=none")
                        .set("wayland=auto")
                        .set("vsock=3")
                        .build())
                .orThrow();
        assertThat(spec.devices())
                .extracting(d -> d.kind() + " " + d.id() + " " + d.path() + " " + d.idPath())
                .containsExactly(
                        "BLK disk0 disks[0] disks[0].id",
                        "RNG rng rng null",
                        "BALLOON balloon balloon null",
                        "NET net0 networks[0] networks[0].id",
                        "WL wl wayland null",
                        "VSOCK vsock vsock null",
                        "CONSOLE hvc0 console.hvc0 null",
                        "FS src shares[0] shares[0].tag");
        assertThat(spec.devices()).extracting(Device::field).contains("disks", "console.hvc0");
    }

    @Test
    void leavesOutDevicesThatTheSpecSwitchesOff() {
        assertThat(load(SpecOverrides.builder()
                                .set("rng=false")
                                .set("balloon=false")
                                .build())
                        .orThrow()
                        .devices())
                .extracting(Device::id)
                .containsExactly("disk0");
    }

    private static LoadResult load(SpecOverrides overrides) {
        byte[] file = "kernel: {image: vmlinuz}\ndisks: [a.img]".getBytes(StandardCharsets.UTF_8);
        return SpecLoader.withEnvironment(Map.of()).load("vm.yaml", file, Path.of("/specs"), overrides);
    }

    @Test
    void findsTheFieldOfAValue() {
        assertThat(SpecModel.fieldAt("memory")).isEqualTo("memory");
        assertThat(SpecModel.fieldAt("disks[0].id")).isEqualTo("disks[].id");
        assertThat(SpecModel.fieldAt("networks[12].forward[3]")).isEqualTo("networks[].forward[]");
        assertThat(SpecModel.fieldAt("sandbox.groups.a[b[1]")).isEqualTo("sandbox.groups.a[b[]");
        assertThat(SpecModel.fieldAt("sandbox.groups.[x].[")).isEqualTo("sandbox.groups.[x].[");
    }
}
