package crosvm.schema.lint;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SizeRange;
import crosvm.schema.model.SpecModel;
import crosvm.schema.write.Json;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON Schema (draft 2020-12) of the spec, made from the model, for editors and other validators. It knows structure: keys,
 * types, words, bounds. What holds between fields only the linter knows.
 */
public final class JsonSchema {
    private static final String PORT =
            "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";

    private final Map<String, Object> definitions = new TreeMap<>();

    private JsonSchema() {}

    /** The schema as text. */
    public static String render() {
        return Json.pretty(new JsonSchema().document());
    }

    private Map<String, Object> document() {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "crosvm machine");
        root.put("description", "A virtual machine for crosvm up: vm.yaml.");
        root.putAll(object(SpecModel.root()));
        definitions.put(
                "variable", map("type", "string", "pattern", "\\$\\{", "description", "${NAME} or ${NAME:-default}"));
        root.put("$defs", definitions);
        return root;
    }

    private Map<String, Object> object(RecordInfo info) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (FieldInfo field : info.fields()) {
            properties.put(field.name(), field(field));
            if (field.required()) {
                required.add(field.name());
            }
        }
        Map<String, Object> object = map("type", "object", "additionalProperties", false, "properties", properties);
        if (!required.isEmpty()) {
            object.put("required", required);
        }
        return object;
    }

    private Map<String, Object> field(FieldInfo field) {
        Map<String, Object> schema = new LinkedHashMap<>();
        String derived = field.doc().derived().isEmpty()
                ? ""
                : " Default: " + field.doc().derived() + ".";
        schema.put("description", field.doc().value() + derived);
        if (!field.doc().defaultValue().isEmpty()) {
            schema.put("default", plain(field, field.doc().defaultValue()));
        }
        if (field.type() instanceof FieldType.Scalar) {
            schema.put("examples", List.of(plain(field, field.doc().example())));
        }
        Map<String, Object> type = type(field.type(), field.name().equals("enabled"));
        schema.putAll(field.doc().words() ? map("anyOf", List.of(type, map("type", "string"))) : type);
        return schema;
    }

    private Map<String, Object> type(FieldType type, boolean isSwitch) {
        if (type instanceof FieldType.Group group) {
            return group(group.info());
        }
        if (type instanceof FieldType.Items items) {
            return limited("maxItems", map("type", "array", "items", type(items.element(), false)), type);
        }
        if (type instanceof FieldType.Entries entries) {
            return limited(
                    "maxProperties", map("type", "object", "additionalProperties", type(entries.value(), false)), type);
        }
        return scalar((FieldType.Scalar) type, isSwitch);
    }

    private static Map<String, Object> limited(String keyword, Map<String, Object> schema, FieldType type) {
        for (Annotation constraint : type.constraints()) {
            if (constraint instanceof Size size) {
                schema.put(keyword, size.max());
            }
        }
        return schema;
    }

    private Map<String, Object> group(RecordInfo info) {
        String name = info.type().getSimpleName();
        if (!definitions.containsKey(name)) {
            definitions.put(name, object(info));
        }
        Map<String, Object> reference = map("$ref", "#/$defs/" + name);
        FieldInfo shorthand = info.shorthand();
        if (shorthand == null) {
            return reference;
        }
        return map(
                "anyOf",
                List.of(reference, type(shorthand.type(), shorthand.name().equals("enabled"))));
    }

    private static Map<String, Object> scalar(FieldType.Scalar type, boolean isSwitch) {
        return switch (type.kind()) {
            case TEXT -> text(type);
            case PATH ->
                map(
                        "type",
                        "string",
                        "pattern",
                        "^(?!~[A-Za-z0-9_.-]*(/|$))[^\\u0000-\\u001f\\u007f-\\u009f]*\\S[^\\u0000-\\u001f\\u007f-\\u009f]*$");
            case INTEGER -> orVariable(bounded(map("type", "integer"), type.constraints()));
            case BOOLEAN ->
                orVariable(isSwitch ? map("enum", List.of(true, false, "on", "off")) : map("type", "boolean"));
            case SIZE ->
                orVariable(
                        bounded(map("type", "integer", "minimum", 0), type.constraints()),
                        map("type", "string", "pattern", "^[0-9]+(B|KiB|MiB|GiB|TiB)?$"));
            case WORD -> orVariable(map("enum", type.words()));
            case MAC -> orVariable(map("type", "string", "pattern", "^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$"));
            case IPV4 -> orVariable(map("type", "string", "pattern", ipv4()));
            case FORWARD ->
                orVariable(
                        map("type", "integer", "minimum", 1, "maximum", 65535),
                        map("type", "string", "pattern", "^" + PORT + "(:" + PORT + ")?$"));
        };
    }

    private static String ipv4() {
        String number = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
        return "^" + number + "(\\." + number + "){3}$";
    }

    private static Map<String, Object> text(FieldType.Scalar type) {
        Map<String, Object> text = map("type", "string");
        for (Annotation constraint : type.constraints()) {
            if (constraint instanceof Pattern pattern) {
                text.put("pattern", "^(" + pattern.regexp() + ")$");
            } else if (constraint instanceof Size size) {
                text.put("maxLength", size.max());
                text.put("minLength", size.min());
            } else if (constraint instanceof NotBlank) {
                text.put("pattern", "\\S");
            }
        }
        return text.size() == 1 ? text : orVariable(text);
    }

    private static Map<String, Object> bounded(Map<String, Object> number, List<Annotation> constraints) {
        for (Annotation constraint : constraints) {
            if (constraint instanceof Min min) {
                number.put("minimum", min.value());
            } else if (constraint instanceof Max max) {
                number.put("maximum", max.value());
            } else if (constraint instanceof SizeRange range) {
                number.put("minimum", MemorySize.parse(range.min()).toMib());
                number.put("maximum", MemorySize.parse(range.max()).toMib());
            }
        }
        return number;
    }

    private static Map<String, Object> orVariable(Map<String, Object> way) {
        return map("anyOf", List.of(way, map("$ref", "#/$defs/variable")));
    }

    private static Map<String, Object> orVariable(Map<String, Object> one, Map<String, Object> other) {
        return map("anyOf", List.of(one, other, map("$ref", "#/$defs/variable")));
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

    private static Map<String, Object> map(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put((String) entries[i], entries[i + 1]);
        }
        return map;
    }
}
