package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.check.SpecRule;
import crosvm.schema.json.Json;
import crosvm.schema.lint.JsonSchema;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.SpecModel;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import crosvm.schema.yaml.YamlRule;
import crosvm.schema.yaml.YamlTraps;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON Schema and the loader say the same about structure; an independent validator is the judge. */
class JsonSchemaAgreementTest {
    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(JsonSchema.render(), InputFormat.JSON);

    /** Rules about one value or one key, which a schema can express. */
    private static final Set<FieldRule> STRUCTURE = EnumSet.complementOf(EnumSet.of(
            FieldRule.NOT_PAGE_SIZED, FieldRule.UNSET_VARIABLE, FieldRule.BAD_VARIABLE, FieldRule.BAD_OVERRIDE));

    /** Rules between fields of which the schema knows some cases, so that editors see them. */
    private static final Set<SpecRule> PARTLY_KNOWN = EnumSet.of(
            SpecRule.IMAGE_CHOICE,
            SpecRule.FROM_ROOT,
            SpecRule.KERNEL_CHOICE,
            SpecRule.BUILTIN_EXTRAS,
            SpecRule.NETWORK_CHOICE,
            SpecRule.PLACEMENT,
            SpecRule.CREDENTIAL_CHOICE,
            SpecRule.SEED_CHOICE);

    static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String folder : List.of("src/test/resources/lint", "../examples")) {
            try (Stream<Path> in = Files.list(Path.of(folder))) {
                in.filter(f -> f.toString().endsWith(".yaml")).sorted().forEach(files::add);
            }
        }
        return files;
    }

    @ParameterizedTest
    @MethodSource("files")
    void agreesOnEveryExample(Path file) throws IOException {
        if (!file.getFileName().toString().startsWith("not-utf8")) {
            compare(Files.readString(file));
        }
    }

    @Test
    void agreesOnTheFullMachine() {
        compare(FullSpec.YAML);
    }

    @Test
    void agreesOnEveryFieldWithEveryKindOfWrongValue() {
        List<String> values = List.of(
                "17",
                "-1",
                "0",
                "true",
                "\"17\"",
                "some text",
                "[]",
                "[1]",
                "[a, b]",
                "{}",
                "{a: 1}",
                "auto",
                "512MiB",
                "\"\"",
                "\"52:54:00:12:34:56\"",
                "10.0.0.1",
                "256.0.0.1",
                "\"80:80\"",
                "off",
                "\"a b\"",
                "99999999999",
                "~/x",
                "${X:-1}");
        int[] compared = {0};
        SpecModel.fields().forEach(field -> {
            if (!field.path().contains("[]") && !field.path().contains("*")) {
                for (String value : values) {
                    compared[0] += compare(nested(field, value)) ? 1 : 0;
                }
            }
        });
        for (String list : List.of("disks", "networks", "shares")) {
            FieldInfo info = java.util.Objects.requireNonNull(SpecModel.root().field(list));
            for (FieldInfo field : java.util.Objects.requireNonNull(SpecModel.recordIn(info.type()))
                    .fields()) {
                for (String value : values) {
                    String item = list + ": [{" + field.name() + ": " + value + "}]";
                    compared[0] += compare("kernel: {builtin: hello}\n" + item) ? 1 : 0;
                }
            }
        }
        assertThat(compared[0]).isGreaterThan(1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kernel\": {\"image\": \"a\", \"builtin\": \"hello\"}}",
                "{\"kernel\": {\"builtin\": \"hello\", \"initrd\": \"a\"}}",
                "{\"kernel\": \"a\", \"networks\": [{\"user\": true, \"tap\": \"t\"}]}",
                "{\"kernel\": \"a\", \"networks\": [{\"tap\": \"t\", \"hostIp\": \"10.0.0.1\"}]}",
                "{\"kernel\": \"a\", \"sandbox\": {\"devices\": {\"balloon\": \"process\"}}}"
            })
    void refusesFieldsThatExcludeEachOther(String spec) {
        assertThat(SCHEMA.validate(spec, InputFormat.JSON)).isNotEmpty();
    }

    @Test
    void letsFieldsStandThatExcludeOnlyTheirOpposite() {
        String spec = "{\"kernel\": \"a\", \"networks\": [{\"user\": false, \"tap\": \"t\"}]}";

        assertThat(SCHEMA.validate(spec, InputFormat.JSON)).isEmpty();
    }

    @Test
    void keepsTheCommittedSchemaUpToDate() throws IOException {
        Path file = Path.of("vm.schema.json");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, JsonSchema.render());
        }
        assertThat(JsonSchema.render())
                .as("run: mvn -pl schema test -Dtest=JsonSchemaAgreementTest -Dgolden.update=true")
                .isEqualTo(Files.readString(file));
    }

    private static String nested(FieldInfo field, String value) {
        String kernel = field.path().startsWith("kernel") ? "" : "kernel: {builtin: hello}\n";
        String[] names = field.path().split("\\.");
        StringBuilder line = new StringBuilder(names[0]).append(": ");
        for (int i = 1; i < names.length; i++) {
            line.append('{').append(names[i]).append(": ");
        }
        return kernel + line.append(value).append("}".repeat(names.length - 1));
    }

    /** Compares, and returns whether there was something to compare. */
    private static boolean compare(String text) {
        ProblemLog log = new ProblemLog(new SourceText("x.yaml", text));
        Tree tree = YamlReader.read(new SourceText("x.yaml", text), log);
        List<Problem> problems = SpecLoader.withEnvironment(Map.of())
                .loadAll("x.yaml", text.getBytes(StandardCharsets.UTF_8), Path.of("/specs"), SpecOverrides.none())
                .problems();
        // YAML's traps are no structure: what another parser makes of them is why they are refused.
        boolean trapped = problems.stream().anyMatch(p -> p.rule() instanceof YamlRule && p.rule() != YamlRule.NULL);
        boolean variable = problems.stream()
                        .anyMatch(p -> p.rule() == FieldRule.UNSET_VARIABLE || p.rule() == FieldRule.BAD_VARIABLE)
                || text.contains("${");
        boolean textSize = problems.stream()
                .anyMatch(
                        p -> p.rule() == FieldRule.OUT_OF_RANGE && (p.path().equals("memory") && text.contains("iB")));
        if (tree == null || trapped || variable || textSize) {
            return false;
        }
        boolean wrong = problems.stream()
                .anyMatch(p ->
                        p.rule() == YamlRule.NULL || p.rule() instanceof FieldRule rule && STRUCTURE.contains(rule));
        if (!wrong
                && problems.stream().anyMatch(p -> p.rule() instanceof SpecRule rule && PARTLY_KNOWN.contains(rule))) {
            return false;
        }
        List<com.networknt.schema.Error> errors = SCHEMA.validate(Json.compact(json(tree)), InputFormat.JSON);
        assertThat(!errors.isEmpty())
                .as("%s%nlinter: %s%nschema: %s", text, problems, errors)
                .isEqualTo(wrong);
        return true;
    }

    /** The tree as YAML 1.2's core schema reads it. */
    private static Object json(Tree tree) {
        if (tree instanceof Tree.Mapping mapping) {
            Map<String, Object> map = new LinkedHashMap<>();
            mapping.entries().forEach(e -> map.put(e.key(), json(e.value())));
            return map;
        }
        if (tree instanceof Tree.Sequence sequence) {
            return sequence.items().stream().map(JsonSchemaAgreementTest::json).toList();
        }
        Tree.Scalar scalar = (Tree.Scalar) tree;
        if (scalar.isNull()) {
            return new LinkedHashMap<>(Map.of("null", true));
        }
        String type = scalar.plain() ? YamlTraps.typeOfBare(scalar.text()) : null;
        if (type == null) {
            return scalar.text();
        }
        return type.equals("a boolean")
                ? (Object) Boolean.valueOf(scalar.text())
                : new java.math.BigDecimal(scalar.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{web: {kernel: x}}",
                "{web: {}}",
                "{web: {kernel: x, replicas: 0}}",
                "{web: {kernel: x, replicas: 3, dependsOn: {}, profiles: [a]}}",
                "{web: {kernel: x, dependsOn: 3}}",
                "{web: {kernel: x, memroy: 3}}",
                "{web: {kernel: x, name: web}}",
                "{web: {kernel: x, profiles: a}}",
                "[web]",
                "web"
            })
    void agreesOnFilesOfSeveralMachines(String machines) {
        for (String rest : List.of("", "defaults: {kernel: y}\n", "x-y: [1]\n", "name: a\n", "memory: 1GiB\n")) {
            if (!machines.equals("{web: {}}") || rest.startsWith("defaults")) { // What may come from elsewhere.
                compare(rest + "machines: " + machines);
            }
        }
    }

    @Test
    void describesEveryField() {
        String schema = JsonSchema.render();
        SpecModel.fields().forEach(field -> {
            assertThat(schema).contains("\"" + field.name() + "\": {");
            assertThat(field.type()).isInstanceOf(FieldType.class);
        });
    }
}
