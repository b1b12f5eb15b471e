package crosvm.runner.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The value of an option in the form {@code word,key=value,key=value}, in which two commas stand for one. It knows which of its keys
 * nobody has asked for. Used by one thread.
 */
final class Values {
    private final Map<String, String> values = new LinkedHashMap<>();
    private final String first;

    private Values(String first) {
        this.first = first;
    }

    /** Reads a text; a part without an equals sign is a key whose value is {@code on}, but for the first. */
    static Values of(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : text.replace(",,", "\0").split(",")) {
            parts.add(part.replace('\0', ','));
        }
        boolean keyed = parts.get(0).matches("[A-Za-z_][A-Za-z0-9_.-]*=.*");
        Values values = new Values(keyed ? "" : parts.get(0));
        for (String part : keyed ? parts : parts.subList(1, parts.size())) {
            int equals = part.indexOf('=');
            values.values.put(
                    equals < 0 ? part : part.substring(0, equals), equals < 0 ? "on" : part.substring(equals + 1));
        }
        return values;
    }

    /** The part before the first comma, if it has no key. */
    String first() {
        return first;
    }

    /** The value of the first of these keys that is there, which are seen to now; empty without one. */
    String take(String... keys) {
        String found = "";
        for (String key : keys) {
            String value = values.remove(key);
            found = found.isEmpty() && value != null ? value : found;
        }
        return found;
    }

    boolean isOn(String... keys) {
        return take(keys).matches("on|true|yes|1");
    }

    /** The keys that nobody has asked for, with their values. */
    Map<String, String> rest() {
        return values;
    }

    /** Reads a number of bytes: digits, then nothing (of this unit), K, M, G or T, with or without iB; null for anything else. */
    static @Nullable Long bytes(String text, long unit) {
        String number = text.strip();
        if (!number.matches("[0-9]{1,12}(\\.[0-9]{1,6})?\\s*([kKmMgGtT](i?[bB])?|[bB])?")) {
            return null;
        }
        double value = Double.parseDouble(number.replaceAll("[^0-9.]", ""));
        String suffix = number.replaceAll("[0-9.\\s]", "").toUpperCase(java.util.Locale.ROOT);
        long factor =
                suffix.isEmpty() ? unit : suffix.equals("B") ? 1 : 1L << 10 * ("KMGT".indexOf(suffix.charAt(0)) + 1);
        return Math.round(value * factor);
    }
}
