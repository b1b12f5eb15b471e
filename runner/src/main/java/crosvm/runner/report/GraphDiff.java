package crosvm.runner.report;

import crosvm.schema.json.Json;
import crosvm.vmm.graph.DeviceGraph;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What differs between two device graphs. Devices are matched by their ids, not by their places; one device, range or process
 * that differs is one change, whatever number of its properties does. Immutable.
 */
public final class GraphDiff {
    private static final List<String> NAMES = List.of("id", "name", "text", "kind");

    private final List<Change> changes;

    private GraphDiff(List<Change> changes) {
        this.changes = List.copyOf(changes);
    }

    /**
     * One thing that differs.
     *
     * @param path the way to it: {@code functions[net0]}, {@code memory}
     * @param before what it was, property by property; empty when it is new
     * @param after what it is; empty when it is gone
     */
    private record Change(String path, Map<String, String> before, Map<String, String> after) {
        String sign() {
            return before.isEmpty() ? "+" : after.isEmpty() ? "-" : "~";
        }

        /** Of what is new or gone, all of it; of what has changed, what was and is. */
        String text() {
            List<String> words = new ArrayList<>();
            Set<String> names = new LinkedHashSet<>(before.keySet());
            names.addAll(after.keySet());
            for (String name : names) {
                String was = before.get(name);
                String is = after.get(name);
                String label = name.isEmpty() ? "" : name + " ";
                if (was == null || is == null) {
                    boolean whole = before.isEmpty() || after.isEmpty();
                    words.add(label
                            + (whole ? "" : was == null ? "(none) -> " : "")
                            + (was == null ? is : was)
                            + (whole || was == null ? "" : " -> (none)"));
                } else if (!was.equals(is)) {
                    words.add(label + was + " -> " + is);
                }
            }
            return String.join(", ", words);
        }
    }

    /** Compares two machines. */
    public static GraphDiff of(DeviceGraph before, DeviceGraph after) {
        Map<String, Map<String, String>> old = items(before);
        Map<String, Map<String, String>> now = items(after);
        Set<String> paths = new LinkedHashSet<>(old.keySet());
        paths.addAll(now.keySet());
        List<Change> changes = new ArrayList<>();
        for (String path : paths) {
            Map<String, String> was = old.getOrDefault(path, Map.of());
            Map<String, String> is = now.getOrDefault(path, Map.of());
            if (!was.equals(is)) {
                changes.add(new Change(path, was, is));
            }
        }
        return new GraphDiff(changes);
    }

    /** Whether the two are the same machine. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** A line for each change; empty when there is none. */
    public String toText() {
        TextTable table = new TextTable();
        changes.forEach(change -> table.row(change.sign(), change.path(), change.text()));
        return table.toString();
    }

    /** A list of objects: change (added, removed, changed), path, before and after with the properties that differ. */
    public String toJson() {
        List<Object> list = new ArrayList<>();
        for (Change change : changes) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put(
                    "change",
                    switch (change.sign()) {
                        case "+" -> "added";
                        case "-" -> "removed";
                        default -> "changed";
                    });
            object.put("path", change.path());
            object.put("before", differing(change.before(), change.after()));
            object.put("after", differing(change.after(), change.before()));
            list.add(object);
        }
        return Json.pretty(list);
    }

    private static Map<String, String> differing(Map<String, String> one, Map<String, String> other) {
        Map<String, String> differing = new LinkedHashMap<>();
        one.forEach((name, value) -> {
            if (!value.equals(other.get(name))) {
                differing.put(name.isEmpty() ? "value" : name, value);
            }
        });
        return differing;
    }

    /** The items of the graph's lists, and the values outside of them, each with its properties. */
    private static Map<String, Map<String, String>> items(DeviceGraph graph) {
        Map<String, Map<String, String>> items = new LinkedHashMap<>();
        GraphJson.toMap(graph).forEach((key, value) -> items("" + key, value, items));
        return items;
    }

    private static void items(String path, Object value, Map<String, Map<String, String>> items) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, inner) -> items(path + "." + key, inner, items));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                Map<String, String> properties = new LinkedHashMap<>();
                flatten("", list.get(i), properties);
                items.put(unused(path + "[" + nameOf(list.get(i), i) + "]", items), properties);
            }
        } else {
            items.put(path, Map.of("", String.valueOf(value)));
        }
    }

    private static void flatten(String path, Object value, Map<String, String> flat) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, inner) -> flatten(path.isEmpty() ? "" + key : path + "." + key, inner, flat));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                flatten(path + "[" + nameOf(list.get(i), i) + "]", list.get(i), flat);
            }
        } else {
            flat.put(path, String.valueOf(value));
        }
    }

    private static String nameOf(Object item, int index) {
        if (item instanceof Map<?, ?> map) {
            for (String key : NAMES) {
                if (map.get(key) instanceof String name) {
                    return name;
                }
            }
        }
        return String.valueOf(index);
    }

    /** Two pieces of RAM have the same name, for example. */
    private static String unused(String path, Map<String, ?> items) {
        String candidate = path;
        for (int i = 2; items.containsKey(candidate); i++) {
            candidate = path.substring(0, path.length() - 1) + "#" + i + "]";
        }
        return candidate;
    }
}
