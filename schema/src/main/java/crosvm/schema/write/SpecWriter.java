package crosvm.schema.write;

import crosvm.schema.json.Json;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.FilledText;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.TextHash;
import crosvm.schema.model.VmSpec;
import crosvm.schema.yaml.YamlTraps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A spec back to text, with every default filled in and every path absolute. What is written loads to an equal spec where the
 * variables of a {@link FilledText}, which alone are not filled in, have the same values; it writes to the same text again.
 */
public final class SpecWriter {
    private static final Pattern BARE = Pattern.compile("[A-Za-z/.][A-Za-z0-9/._=+@-]*");
    private static final Set<String> UNITS = Set.of("B", "KiB", "MiB", "GiB", "TiB");
    private static final Set<String> NOT_BARE = Set.of("yes", "no", "on", "off", "y", "n", "true", "false", "null");

    private SpecWriter() {}

    /** The spec as maps, lists, texts, numbers and booleans, in the order of the model; absent fields are left out. */
    public static Map<String, Object> toMap(VmSpec spec) {
        return map(SpecModel.root(), spec);
    }

    /** A network between machines, likewise. */
    public static Map<String, Object> toMap(FleetNetworkSpec network) {
        return map(SpecModel.network(), network);
    }

    /** The spec as YAML. */
    public static String toYaml(VmSpec spec) {
        return toYaml(toMap(spec));
    }

    /** Maps, lists, texts, numbers and booleans as YAML that versions 1.1 and 1.2 read in the same way. */
    public static String toYaml(Map<String, ?> values) {
        StringBuilder out = new StringBuilder();
        block(values, 0, out);
        return out.toString();
    }

    /** The spec as JSON, which is YAML too. */
    public static String toJson(VmSpec spec) {
        return Json.pretty(toMap(spec));
    }

    /**
     * A SHA-256, in hex, of what the spec's values do not show: the variables that are filled in at the start, which may be secrets.
     * Empty without any, for which no cryptography is loaded.
     */
    public static String variablesHash(VmSpec spec) {
        Map<String, String> variables = spec.guest().variables();
        return variables.isEmpty() ? "" : TextHash.hex(Json.compact(variables));
    }

    /** All plain values by their path, {@code disks[0].path}, in the order of the model, as they would stand in the file. */
    public static Map<String, String> flatten(VmSpec spec) {
        return flatten(toMap(spec));
    }

    /** The same of maps and lists that {@code toMap} has made. */
    public static Map<String, String> flatten(Map<String, ?> values) {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", values, flat);
        return flat;
    }

    private static void flatten(String path, Object value, Map<String, String> flat) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, inner) -> flatten(path.isEmpty() ? "" + key : path + "." + key, inner, flat));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                flatten(path + "[" + i + "]", list.get(i), flat);
            }
        } else {
            flat.put(path, scalar(value));
        }
    }

    private static Map<String, Object> map(RecordInfo info, Object owner) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (FieldInfo field : info.fields()) {
            Object value = field.read(owner);
            if (value == null) {
                if (!field.doc().absentWord().isEmpty()) {
                    map.put(field.name(), field.doc().absentWord());
                }
                continue;
            }
            Object plain = plain(field.type(), value);
            boolean empty = plain instanceof List<?> l && l.isEmpty() || plain instanceof Map<?, ?> m && m.isEmpty();
            if (!empty) {
                map.put(field.name(), plain);
            }
        }
        return map;
    }

    private static Object plain(FieldType type, Object value) {
        if (type instanceof FieldType.Group group) {
            return map(group.info(), value);
        }
        if (type instanceof FieldType.Items items) {
            List<Object> list = new ArrayList<>();
            ((List<?>) value).forEach(item -> list.add(plain(items.element(), item)));
            return list;
        }
        if (type instanceof FieldType.Entries entries) {
            Map<String, Object> map = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((key, item) -> map.put(String.valueOf(key), plain(entries.value(), item)));
            return map;
        }
        if (value instanceof Enum<?> word) {
            return EnumWord.of(word);
        }
        if (value instanceof FilledText text) {
            return text.written();
        }
        return value instanceof Number || value instanceof Boolean
                ? value
                : value.toString().replace("$", "$$");
    }

    private static void block(Map<?, ?> map, int depth, StringBuilder out) {
        map.forEach((key, value) -> {
            out.append("  ".repeat(depth)).append(scalar(key)).append(':');
            if (value instanceof Map<?, ?> inner) {
                out.append(inner.isEmpty() ? " {}\n" : "\n");
                block(inner, depth + 1, out);
            } else if (value instanceof List<?> list) {
                out.append(list.isEmpty() ? " []\n" : "\n");
                list.forEach(item -> item(item, depth + 1, out));
            } else {
                out.append(' ').append(scalar(value)).append('\n');
            }
        });
    }

    private static void item(Object item, int depth, StringBuilder out) {
        String indent = "  ".repeat(depth);
        if (item instanceof Map<?, ?> map) {
            StringBuilder inner = new StringBuilder();
            block(map, depth + 1, inner);
            out.append(indent).append("- ").append(inner.substring(indent.length() + 2));
        } else {
            out.append(indent).append("- ").append(scalar(item)).append('\n');
        }
    }

    private static boolean isSize(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        return digits > 0 && UNITS.contains(text.substring(digits));
    }

    private static String scalar(Object value) {
        String text = String.valueOf(value);
        if (value instanceof Number || value instanceof Boolean) {
            return text;
        }
        if (isSize(text)
                || BARE.matcher(text).matches()
                        && !NOT_BARE.contains(text.toLowerCase(java.util.Locale.ROOT))
                        && YamlTraps.typeOfBare(text) == null) {
            return text;
        }
        return Json.compact(text);
    }
}
