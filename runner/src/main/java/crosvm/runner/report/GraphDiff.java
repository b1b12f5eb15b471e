package crosvm.runner.report;

import crosvm.vmm.graph.DeviceGraph;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What differs between two device graphs, property by property. Devices are matched by their ids, not by their places. */
public final class GraphDiff {
    private static final List<String> NAMES = List.of("id", "name", "text", "kind");

    private GraphDiff() {}

    /** One line for each property that differs; empty when none does. */
    public static String of(DeviceGraph before, DeviceGraph after) {
        Map<String, String> old = flat(before);
        Map<String, String> now = flat(after);
        Set<String> paths = new LinkedHashSet<>(old.keySet());
        paths.addAll(now.keySet());
        TextTable table = new TextTable();
        for (String path : paths) {
            String was = old.get(path);
            String is = now.get(path);
            if (was == null && is != null) {
                table.row("+", path, is);
            } else if (is == null && was != null) {
                table.row("-", path, was);
            } else if (was != null && !was.equals(is)) {
                table.row("~", path, was + " -> " + is);
            }
        }
        return table.toString();
    }

    private static Map<String, String> flat(DeviceGraph graph) {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", GraphJson.toMap(graph), flat);
        return flat;
    }

    private static void flatten(String path, Object value, Map<String, String> flat) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, inner) -> flatten(path.isEmpty() ? "" + key : path + "." + key, inner, flat));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                flatten(unused(path + "[" + nameOf(list.get(i), i) + "]", flat), list.get(i), flat);
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
    private static String unused(String path, Map<String, String> flat) {
        String candidate = path;
        for (int i = 2; taken(candidate, flat); i++) {
            candidate = path.substring(0, path.length() - 1) + "#" + i + "]";
        }
        return candidate;
    }

    private static boolean taken(String path, Map<String, String> flat) {
        return flat.keySet().stream().anyMatch(p -> p.equals(path) || p.startsWith(path + "."));
    }
}
