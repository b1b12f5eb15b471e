package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.bind.FieldRule;
import crosvm.schema.load.FullSpec;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecValidatorTest {
    private static final SpecValidator VALIDATOR = SpecValidator.shared();

    @Test
    void findsNothingInAFullMachine() {
        assertThat(VALIDATOR.validate("x", load(FullSpec.YAML).orThrow())).isEmpty();
    }

    /** The loader's quick check and Hibernate Validator must never disagree: a stand-in keeps the wrong value for both to see. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "cpus: 0",
                "cpus: 256",
                "memory: 1MiB",
                "memory: 5TiB",
                "memory: 2049KiB",
                "name: a/b",
                "name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "disks: [{path: a, id: 0a}]",
                "disks: [{path: a, id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]",
                "networks: [{tap: a/b}]",
                "networks: [{tap: aaaaaaaaaaaaaaaaaaaa}]",
                "networks: [{tap: a, queues: 0}]",
                "networks: [{tap: a, queues: 9}]",
                "vsock: 2",
                "vsock: 4294967295",
                "wayland: {group: a b}",
                "wayland: {deviceId: 0}",
                "wayland: {deviceId: 64}",
                "balloon: {initial: 1B}",
                "shares: [{tag: 1a, path: a}]",
                "shares: [{tag: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, path: a}]",
                "cpus: 0\nmemory: 1MiB\nvsock: 1"
            })
    void agreesWithTheLoader(String line) {
        LoadResult result = load("kernel: {image: a}\n" + line);
        Map<String, String> quick = rulesByPath(result.problems());
        assertThat(quick).isNotEmpty();
        assertThat(rulesByPath(VALIDATOR.validate(
                        "x", Objects.requireNonNull(result.draft()).spec())))
                .isEqualTo(quick);
    }

    @Test
    void agreesOnBlankWords() {
        LoadResult result = load("kernel: {image: a, params: [a, \" \"]}");
        assertThat(rulesByPath(VALIDATOR.validate(
                        "x", Objects.requireNonNull(result.draft()).spec())))
                .isEqualTo(rulesByPath(result.problems()))
                .containsOnlyKeys("kernel.params[1]");
    }

    private static VmSpec with(VmSpec spec, String name, Object value) {
        Object[] values = SpecModel.root().fields().stream()
                .map(field -> field.name().equals(name) ? value : field.read(spec))
                .toArray();
        return (VmSpec) SpecModel.root().create(values);
    }

    /** The loader drops a list that is too long; a Java program could still make one. */
    @Test
    void countsItems() {
        VmSpec spec = load("kernel: {image: a}").orThrow();
        KernelSpec kernel =
                new KernelSpec(spec.kernel().image(), null, null, null, null, null, Collections.nCopies(1025, "a"));
        VmSpec many = with(spec, "kernel", kernel);
        assertThat(VALIDATOR.validate("x", many).stream()
                        .map(p -> p.path() + " " + p.rule().id()))
                .containsExactly("kernel.params bad-length");
    }

    private static List<String> lint(String line, Function<VmSpec, List<Problem>> validation) {
        byte[] file = ("kernel: {image: a, initrd: b}\n" + line).getBytes(StandardCharsets.UTF_8);
        return new Linter(SpecLoader.withEnvironment(Map.of()), validation)
                .add("vm.yaml", file, Path.of("/specs")).report().problems().stream()
                        .map(Problem::headline)
                        .toList();
    }

    @Test
    void hasTheLastWordInLint() {
        assertThat(lint("cpus: 0", spec -> VALIDATOR.validate("", spec)))
                .containsExactly("vm.yaml:2:7: error: cpus: is 0, must be at least 1 [out-of-range]");
        assertThat(lint("cpus: 0", spec -> List.of()))
                .as("withdrawn when the validator accepts the value")
                .isEmpty();
        Problem other = new Problem("", Position.FILE, Severity.ERROR, FieldRule.BAD_NAME, "is odd", "cpus", "");
        assertThat(lint("cpus: 0", spec -> List.of(other)))
                .as("told in its own words when the validator has another reason")
                .containsExactly("vm.yaml:2:7: error: cpus: is odd [bad-name]");
    }

    /** Starting it would cost more than all the rest of linting a file. */
    @Test
    void isNotAskedAboutSoundFiles() {
        Function<VmSpec, List<Problem>> never = spec -> {
            throw new AssertionError("asked");
        };
        assertThat(lint("cpus: 2", never)).isEmpty();
        assertThat(lint("memroy: 2GiB", never)).hasSize(1);
        assertThatThrownBy(() -> lint("cpus: 0", never)).hasMessage("asked");
    }

    @Test
    void coversEveryConstraintOfTheModel() {
        SpecModel.fields()
                .forEach(field -> field.type()
                        .constraints()
                        .forEach(constraint -> assertThat(constraint.getClass().getSimpleName())
                                .as(field.path())
                                .isIn("Min", "Max", "Pattern", "Size", "NotBlank", "PageSized", "SizeRange")));
        assertThat(SpecModel.root().field("cpus").type()).isInstanceOf(FieldType.Scalar.class);
        assertThat(SpecModel.root().field("cpus").type().constraints()).hasSize(2);
    }

    private static Map<String, String> rulesByPath(Iterable<Problem> problems) {
        Map<String, String> rules = new TreeMap<>();
        problems.forEach(p -> {
            if (p.rule() instanceof crosvm.schema.bind.FieldRule) {
                rules.put(p.path(), p.rule().id());
            }
        });
        return rules;
    }

    private static LoadResult load(String text) {
        return SpecLoader.withEnvironment(Map.of()).load("vm.yaml", text, Path.of("/specs"));
    }
}
