package crosvm.vmm.module.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.Placement;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VmSpec.Device;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicyException;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.QueuePlan;
import crosvm.vmm.module.DeviceModule;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.Rehearsal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/**
 * Names what is missing of a kind of device. It finds the kinds by itself: the records that {@link DeviceSpec} permits, and for
 * each a machine made of the examples that its field is documented with.
 */
class DeviceKindsTest {
    private static List<Class<? extends DeviceSpec>> records() {
        List<Class<? extends DeviceSpec>> records = new ArrayList<>();
        for (Class<?> record : DeviceSpec.class.getPermittedSubclasses()) {
            records.add(record.asSubclass(DeviceSpec.class));
        }
        return records;
    }

    private static FieldInfo fieldOf(Class<? extends DeviceSpec> record) {
        List<FieldInfo> all = new ArrayList<>();
        SpecModel.fields().forEach(all::add);
        return all.stream()
                .filter(field -> {
                    RecordInfo inner = SpecModel.recordIn(field.type());
                    return inner != null && inner.type() == record;
                })
                .findFirst()
                .orElseThrow(() -> new AssertionFailedError("VmSpec has no field of type " + record.getSimpleName()
                        + " or List<" + record.getSimpleName() + ">"));
    }

    private static Optional<VmSpec> load(String override) {
        byte[] file = "kernel: {image: vmlinuz}".getBytes(StandardCharsets.UTF_8);
        return Optional.ofNullable(SpecLoader.withEnvironment(Map.of())
                .load(
                        "vm.yaml",
                        file,
                        Path.of("/vm"),
                        SpecOverrides.builder().set(override).build())
                .spec());
    }

    private static Optional<VmSpec> withIt(Class<? extends DeviceSpec> record, String override) {
        return load(override)
                .filter(spec -> spec.devices().stream().anyMatch(device -> record.isInstance(device.spec())));
    }

    /** A machine with such a device: its field as in the example of its documentation, or one of the fields in it. */
    private static VmSpec machine(Class<? extends DeviceSpec> record) {
        FieldInfo field = fieldOf(record);
        List<String> overrides = new ArrayList<>(
                List.of("name=test", field.path() + "=" + field.doc().example()));
        RecordInfo inner = SpecModel.recordIn(field.type());
        inner.fields().forEach(one -> overrides.add(one.path() + "=" + one.doc().example()));
        return overrides.stream()
                .filter(override -> !override.contains("[]"))
                .map(override -> withIt(record, override))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> new AssertionFailedError(
                        "VmSpec.devices() does not give the " + record.getSimpleName() + " of the field " + field.path()
                                + ", or no example of the fields there makes such a device"));
    }

    private static Device device(Class<? extends DeviceSpec> record) {
        return machine(record).devices().stream()
                .filter(device -> record.isInstance(device.spec()))
                .findFirst()
                .orElseThrow();
    }

    private static PciFunctionPlan planned(DeviceKind kind) {
        return records().stream()
                .filter(record -> device(record).kind() == kind)
                .map(record -> DeviceModules.plan(machine(record)).pci().stream()
                        .filter(function -> record.isInstance(function.spec()))
                        .findFirst()
                        .orElseThrow(() -> new AssertionFailedError("the graph lacks a device of kind " + kind)))
                .findFirst()
                .orElseThrow(() -> new AssertionFailedError("no record of the spec says that it is of kind " + kind));
    }

    @Test
    void everyRecordHasAFieldAndADeviceOfAKindOfItsOwn() {
        Map<DeviceKind, String> seen = new EnumMap<>(DeviceKind.class);
        for (Class<? extends DeviceSpec> record : records()) {
            DeviceKind kind = device(record).kind();
            String before = seen.put(kind, record.getSimpleName());
            assertThat(before)
                    .as("%s and %s both say that they are of kind %s", before, record.getSimpleName(), kind)
                    .isNull();
        }
        assertThat(seen.keySet())
                .as("kinds that a record of the spec says it is of")
                .containsExactlyInAnyOrder(DeviceKind.values());
    }

    @Test
    void everyKindHasANameOfItsOwn() {
        Map<String, DeviceKind> names = new HashMap<>();
        for (DeviceKind kind : DeviceKind.values()) {
            for (String name : List.of(kind.word(), kind.id())) {
                DeviceKind before = names.putIfAbsent(name, kind);
                assertThat(before == null || before == kind)
                        .as("%s and %s are both called %s", before, kind, name)
                        .isTrue();
            }
        }
    }

    @Test
    void everyKindHasALineInTheListOfModules() {
        List<DeviceKind> missing = new ArrayList<>(Arrays.asList(DeviceKind.values()));
        for (DeviceModule<?> module : DeviceModules.all()) {
            assertThat(missing.remove(module.kind()))
                    .as("%s is the first module of kind %s in DeviceModules", module.getClass(), module.kind())
                    .isTrue();
        }
        assertThat(missing).as("kinds without a module in DeviceModules").isEmpty();
    }

    @Test
    void everyKindIsPlanned() {
        for (DeviceKind kind : DeviceKind.values()) {
            PciFunctionPlan plan = planned(kind);
            assertThat(plan.title()).as("title of %s", kind).isNotBlank();
            assertThat(plan.queues())
                    .as("queues of %s", kind)
                    .isNotEmpty()
                    .extracting(QueuePlan::name)
                    .doesNotHaveDuplicates();
            assertThat(kind.placements()).as("places of %s", kind).isNotEmpty().doesNotHaveDuplicates();
            assertThat(plan.placement()).isEqualTo(kind.placements().get(0));
        }
    }

    @Test
    void everyKindThatCanBeJailedIsMadeOfPartsRehearsedAndHasAPolicy() {
        for (DeviceKind kind : DeviceKind.values()) {
            PciFunctionPlan plan = planned(kind);
            boolean jailed = kind.placements().contains(Placement.PROCESS) && plan.program() == null;
            assertThat(DeviceModules.of(kind) instanceof HostedModule<?, ?>)
                    .as("%s: can run in a process of ours, and its module is a HostedModule", kind)
                    .isEqualTo(jailed);
            if (!jailed) {
                continue;
            }
            assertThat(plan.policy()).as("policy of %s", kind).endsWith(".policy");
            assertThat(policyOf(kind, plan).rules())
                    .as("rules of %s", plan.policy())
                    .isNotEmpty();
            List<Rehearsal> rehearsals = DeviceModules.hosted(kind).rehearsals();
            assertThat(rehearsals).as("rehearsals of %s", kind).isNotEmpty();
            for (Rehearsal rehearsal : rehearsals) {
                assertThat(rehearsal.requests()).as("requests of %s", kind).isNotEmpty();
                assertThat(rehearsal.device().type()).isEqualTo(plan.type());
                assertThat(rehearsal.device().configSize())
                        .as("bytes of the configuration space of %s", kind)
                        .isEqualTo(DeviceModules.hosted(kind).configSize());
                rehearsal.device().close();
            }
        }
    }

    private static Policy policyOf(DeviceKind kind, PciFunctionPlan plan) {
        try {
            return Policy.load(PolicySource.bundled(), plan.policy());
        } catch (PolicyException e) {
            throw new AssertionFailedError("kind " + kind + " has no policy seccomp/x86_64/" + plan.policy(), e);
        }
    }

    @Test
    void refusesASpecOfAnotherKind() {
        assertThatThrownBy(() -> new RngModule().own(device(records().get(0)).spec()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not of kind RNG");
    }
}
