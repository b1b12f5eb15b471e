package crosvm.schema.lint;

import static crosvm.schema.lint.ScalarSchema.map;

import crosvm.schema.json.Json;
import crosvm.schema.model.Constraint;
import crosvm.schema.model.Constraint.Size;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.Excludes;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.FleetModel;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.ScalarKind;
import crosvm.schema.model.Snippet;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec.DeviceKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schema (draft 2020-12) of the spec, made from the model, for editors and other validators. It knows structure: keys,
 * types, words, bounds. What holds between fields only the linter knows. {@code errorMessage} and {@code defaultSnippets} are
 * keywords of editors (VS Code's JSON and YAML language servers); other validators pass over them.
 */
public final class JsonSchema {
    private static final String NETWORKS = "networks";

    private final Map<String, Object> definitions = new TreeMap<>();

    private JsonSchema() {}

    /** The schema as text. */
    public static String render() {
        return Json.pretty(new JsonSchema().document());
    }

    private Map<String, Object> document() {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("$id", "urn:crosvm:vm.schema.json");
        root.put("title", "crosvm machine");
        root.put("description", "A virtual machine for crosvm up, or several: vm.yaml.");
        root.putAll(shapes());
        definitions.put(
                "variable",
                map(
                        "type",
                        "string",
                        "pattern",
                        "\\$\\{",
                        "errorMessage",
                        "must be a value or a variable: ${NAME} or ${NAME:-default}"));
        root.put("$defs", definitions);
        return root;
    }

    /** A file of one machine, or of several: its keys tell which. An editor offers both in a file that has none yet. */
    private Map<String, Object> shapes() {
        Map<String, Object> root = object(SpecModel.root());
        Map<String, Object> properties = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(root.get("properties")))
                .forEach((key, value) -> properties.put("" + key, value));
        Map<String, Object> notInFleet = new LinkedHashMap<>();
        SpecModel.root().names().forEach(name -> notInFleet.put(name, false));
        Map<String, Object> inMachine = new LinkedHashMap<>();
        for (FieldInfo field : FleetModel.root().fields()) {
            if (field.name().equals(NETWORKS)) { // A machine has a list of them, a file of several machines has names.
                properties.put(NETWORKS, map("anyOf", List.of(properties.get(NETWORKS), field(field))));
                notInFleet.put(NETWORKS, map("type", "object"));
                inMachine.put(NETWORKS, map("type", "array"));
                continue;
            }
            properties.putIfAbsent(field.name(), field(field));
            notInFleet.remove(field.name());
        }
        inMachine.put("defaults", false);
        root.put("properties", properties);
        root.put("patternProperties", map("^" + FleetModel.EXTENSION, map()));
        Object required = Objects.requireNonNull(root.remove("required"));
        root.put(
                "if", map("anyOf", List.of(map("required", List.of("machines")), map("required", List.of("include")))));
        root.put(
                "then",
                map(
                        "properties",
                        notInFleet,
                        "errorMessage",
                        "a machine's field: write it into one of machines:, or into defaults: for all of them"));
        root.put(
                "else",
                map(
                        "required",
                        required,
                        "properties",
                        inMachine,
                        "patternProperties",
                        map("^" + FleetModel.EXTENSION, false)));
        return root;
    }

    private static String reference(FieldInfo field) {
        return "#/properties/" + field.name() + (field.name().equals(NETWORKS) ? "/anyOf/0" : "");
    }

    private Map<String, Object> object(RecordInfo info) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (FieldInfo field : info.fields()) {
            boolean known = isMachineInFleet(info) && SpecModel.root().field(field.name()) != null;
            properties.put(field.name(), known ? map("$ref", reference(field)) : field(field));
            if (field.required() && !isMachineInFleet(info)) { // Others may say it: defaults, an included file.
                required.add(field.name());
            }
        }
        Map<String, Object> object = map("type", "object", "additionalProperties", false, "properties", properties);
        if (!required.isEmpty()) {
            object.put("required", required);
        }
        exclusions(info, object);
        return object;
    }

    /** The excluded field is named, at its place, by an editor. */
    private static void exclusions(RecordInfo info, Map<String, Object> object) {
        List<Object> all = new ArrayList<>();
        for (Excludes rule : info.type().getAnnotationsByType(Excludes.class)) {
            FieldInfo field = Objects.requireNonNull(info.field(rule.value()));
            Object there = field.type() instanceof FieldType.Scalar scalar && scalar.javaType() == boolean.class
                    ? map("const", true)
                    : map();
            Map<String, Object> excluded = new LinkedHashMap<>();
            List.of(rule.others()).forEach(other -> excluded.put(other, false));
            all.add(map(
                    "if",
                    map("type", "object", "properties", map(rule.value(), there), "required", List.of(rule.value())),
                    "then",
                    map("properties", excluded, "errorMessage", rule.message())));
        }
        if (!all.isEmpty()) {
            object.put("allOf", all);
        }
    }

    private Map<String, Object> field(FieldInfo field) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", description(field));
        if (!field.doc().defaultValue().isEmpty()) {
            schema.put("default", plain(field, field.doc().defaultValue()));
        }
        Object example = plain(field, field.doc().example());
        if (isPlain(field)) {
            schema.put("examples", List.of(example));
        }
        snippets(field, schema);
        Map<String, Object> type = type(field);
        if (field.path().equals("sandbox.devices")) {
            type.put("properties", placements());
        }
        if (field.path().equals("dependsOn")) {
            type = map("anyOf", List.of(type, map("type", "array", "items", map("type", "string"))));
        }
        schema.putAll(field.doc().words() ? map("anyOf", List.of(type, map("type", "string"))) : type);
        return schema;
    }

    /** What is shown when the pointer rests on the key. */
    private static String description(FieldInfo field) {
        StringBuilder text = new StringBuilder(field.doc().value());
        if (!field.doc().derived().isEmpty()) {
            text.append(" Default: ").append(field.doc().derived()).append('.');
        } else if (!field.doc().defaultValue().isEmpty()) {
            text.append(" Default: ").append(field.doc().defaultValue()).append('.');
        }
        if (!isPlain(field)) {
            text.append(" Example: ")
                    .append(field.name())
                    .append(": ")
                    .append(field.doc().example());
        }
        return text.toString();
    }

    /** Whether the example is a value that an editor can offer as it stands. */
    private static boolean isPlain(FieldInfo field) {
        String example = field.doc().example();
        return !example.startsWith("[") && !example.startsWith("{");
    }

    private static void snippets(FieldInfo field, Map<String, Object> schema) {
        List<Object> all = new ArrayList<>();
        RecordInfo record = SpecModel.recordIn(field.type());
        if (record != null) {
            for (Snippet snippet : record.type().getAnnotationsByType(Snippet.class)) {
                all.add(map("label", snippet.value(), "body", body(snippet.lines())));
            }
        } else if (field.type() instanceof FieldType.Entries) {
            String entry = field.doc().example().replaceAll("^\\{|\\}$", "");
            all.add(map("label", "example: " + entry, "body", body(entry)));
        }
        if (!all.isEmpty()) {
            schema.put("defaultSnippets", all);
        }
    }

    private static Map<String, Object> body(String... lines) {
        Map<String, Object> body = new LinkedHashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(": ");
            body.put(line.substring(0, colon), "^" + line.substring(colon + 2)); // ^: not to be quoted
        }
        return body;
    }

    /** The kinds of devices, which every machine may name; ids of devices stand beside them. */
    private static Map<String, Object> placements() {
        Map<String, Object> kinds = new LinkedHashMap<>();
        for (DeviceKind kind : DeviceKind.values()) {
            List<String> allowed =
                    kind.placements().stream().sorted().map(EnumWord::of).toList();
            Map<String, Object> schema = map("description", "Where all devices of the kind " + kind.word() + " run.");
            schema.putAll(ScalarSchema.words(allowed));
            kinds.put(kind.word(), schema);
        }
        return kinds;
    }

    private Map<String, Object> type(FieldInfo field) {
        String word = field.doc().absentWord();
        return !word.isEmpty() && field.type() instanceof FieldType.Scalar scalar && scalar.kind() == ScalarKind.INTEGER
                ? ScalarSchema.numberOr(word, scalar)
                : type(field.type(), field.name().equals("enabled"));
    }

    private Map<String, Object> type(FieldType type, boolean isSwitch) {
        if (type instanceof FieldType.Group group) {
            return group(group.info());
        }
        if (type instanceof FieldType.Items items) {
            Map<String, Object> list = map("type", "array", "items", type(items.element(), false));
            list.put(
                    "errorMessage", "must be a list: [between, brackets], or each item on a line with \"- \" in front");
            return limited("maxItems", list, type);
        }
        if (type instanceof FieldType.Entries entries) {
            Map<String, Object> value = type(entries.value(), false);
            if (isMachineInFleet(SpecModel.recordIn(entries.value()))) {
                value = map("anyOf", List.of(value, map("type", "null"))); // It has nothing but the defaults.
                Map<String, Object> machines = map("type", "object", "minProperties", 1, "additionalProperties", value);
                return limited("maxProperties", machines, type);
            }
            if (SpecModel.recordIn(entries.value()) != null) {
                value = map("anyOf", List.of(value, map("type", "null"))); // With every default.
            }
            return limited("maxProperties", map("type", "object", "additionalProperties", value), type);
        }
        return ScalarSchema.of((FieldType.Scalar) type, isSwitch);
    }

    @SuppressWarnings("ReferenceEquality") // There is one description of each record.
    private static boolean isMachineInFleet(@Nullable RecordInfo info) {
        return info == FleetModel.machineInFleet();
    }

    private static Map<String, Object> limited(String keyword, Map<String, Object> schema, FieldType type) {
        for (Constraint constraint : type.constraints()) {
            if (constraint instanceof Size size) {
                schema.put(keyword, size.max());
            }
        }
        return schema;
    }

    /** {@code oneOf}, not {@code anyOf}: an editor then tells of the alternative that has the shape of what stands there. */
    private Map<String, Object> group(RecordInfo info) {
        String name = isMachineInFleet(info) ? "MachineInFleet" : info.type().getSimpleName();
        if (!definitions.containsKey(name)) {
            Map<String, Object> object = map("title", title(info));
            object.putAll(object(info));
            definitions.put(name, object);
        }
        Map<String, Object> reference = map("$ref", "#/$defs/" + name);
        FieldInfo shorthand = info.shorthand();
        if (shorthand == null) {
            return reference;
        }
        Map<String, Object> plain = map("title", shorthand.name());
        if (isPlain(shorthand)) {
            plain.put("examples", List.of(plain(shorthand, shorthand.doc().example())));
        }
        plain.putAll(type(shorthand));
        return map("oneOf", List.of(reference, plain));
    }

    /** Stands in an editor's message for what is wanted: {@code disk}. */
    private static String title(RecordInfo info) {
        return info.type().getSimpleName().replace("Spec", "").toLowerCase(Locale.ROOT);
    }

    /** A text from the documentation as the JSON value that the file would hold. */
    private static Object plain(FieldInfo field, String text) {
        boolean quoted = text.startsWith("\"") && text.endsWith("\"") && text.length() > 1;
        if (quoted) {
            return text.substring(1, text.length() - 1);
        }
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        boolean number = field.type() instanceof FieldType.Scalar && text.matches("[0-9]{1,15}");
        return number ? (Object) Long.valueOf(text) : text;
    }
}
