package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.FullSpec;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.Constraint;
import crosvm.schema.model.Constraint.Pattern;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.SpecModel;
import crosvm.schema.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The loader's own check of constraints and Hibernate Validator find the same, in both directions: {@link Linter} asks the second
 * only where the first has found something, and so must be sure that nothing escapes the first.
 */
class ConstraintAgreementTest {
    private static final SpecLoader LOADER = SpecLoader.withEnvironment(Map.of("A", "x"));
    private static final Path FOLDER = Path.of("/specs");

    /** What stands at, just below and just above the bounds that the model has. */
    private static final List<String> VALUES = values();

    private static List<String> values() {
        List<String> values = new ArrayList<>(List.of("-1", "0", "1", "2", "3", "4", "7", "8", "9", "62", "63", "64"));
        values.addAll(List.of("67", "68", "254", "255", "256", "65521", "65522", "4294967294", "4294967295"));
        values.addAll(List.of("1MiB", "2MiB", "2049KiB", "4TiB", "4095GiB", "5TiB", "1B", "4KiB", "4097B"));
        for (int length : new int[] {1, 14, 15, 16, 19, 20, 21, 30, 31, 35, 36, 37, 62, 63, 64, 65, 1000, 1001}) {
            values.add("a".repeat(length));
        }
        values.addAll(List.of(
                "[a, ' ', b]",
                "['', x]",
                "[]",
                "[" + "a".repeat(301) + "]",
                "' '",
                "\u00e9a",
                "a\u00e9",
                "\u2003",
                "a\u2003b"));
        return values;
    }

    /** What a pattern may be about: each printable character, first and in the middle. */
    private static List<String> characters() {
        List<String> values = new ArrayList<>();
        for (char c = ' '; c < 127; c++) {
            values.add("a" + c + "b");
            values.add(c + "a");
        }
        return values;
    }

    /** The constraints of a plain value; of a list's or mapping's, for their lengths are checked before they are built. */
    private static List<Constraint> constraints(FieldType type) {
        if (type instanceof FieldType.Items items) {
            return constraints(items.element());
        }
        if (type instanceof FieldType.Entries entries) {
            return constraints(entries.value());
        }
        return type instanceof FieldType.Scalar ? type.constraints() : List.of();
    }

    @Test
    void findTheSameAtTheBoundsOfEveryConstraint() {
        Map<String, List<Constraint>> fields = new TreeMap<>();
        SpecModel.fields().forEach(field -> {
            if (!constraints(field.type()).isEmpty()) {
                fields.put(field.path().replace("[]", ".0").replace(".*", ".user"), constraints(field.type()));
            }
        });
        assertThat(fields).hasSizeGreaterThan(12);
        fields.forEach((field, constraints) -> {
            List<String> values = new ArrayList<>(VALUES);
            if (constraints.stream().anyMatch(Pattern.class::isInstance)) {
                values.addAll(characters());
            }
            int found = 0;
            for (String value : values) {
                SpecOverrides overrides =
                        SpecOverrides.builder().set(field + "=" + value).build();
                found += compare(FullSpec.YAML.getBytes(StandardCharsets.UTF_8), overrides);
            }
            assertThat(found).as(field).isPositive();
        });
    }

    @Test
    void findTheSameInExamplesAndInTheirMutations() throws IOException {
        List<String> corpus = LintFuzzTest.corpus();
        int found = 0;
        for (String text : corpus) {
            found += compare(text.getBytes(StandardCharsets.UTF_8), SpecOverrides.none());
        }
        Random random = new Random(20261126);
        for (int i = 0; i < 1_500; i++) {
            found += compare(LintFuzzTest.mutate(corpus, random), SpecOverrides.none());
        }
        assertThat(found).as("values that violate a constraint").isGreaterThan(20);
    }

    /** The number of values that violate a constraint, the same by both. */
    private static int compare(byte[] file, SpecOverrides overrides) {
        LoadResult result = LOADER.load("vm.yaml", file, FOLDER, overrides);
        Draft draft = result.draft();
        if (draft == null) {
            return 0;
        }
        Map<String, Set<FieldRule>> violations = new TreeMap<>();
        for (Problem problem : SpecValidator.shared().validate("vm.yaml", draft.spec())) {
            // A stand-in is no value of the user's, and may be anything.
            if (draft.sound(problem.path()) || draft.screened().containsKey(problem.path())) {
                violations
                        .computeIfAbsent(problem.path(), path -> new HashSet<>())
                        .add((FieldRule) problem.rule());
            }
        }
        String text = new String(file, StandardCharsets.UTF_8);
        assertThat(violations.keySet()).as(text).isEqualTo(draft.screened().keySet());
        draft.screened()
                .forEach((path, rule) ->
                        assertThat(violations.get(path)).as(text + path).contains(rule));
        return violations.size();
    }
}
