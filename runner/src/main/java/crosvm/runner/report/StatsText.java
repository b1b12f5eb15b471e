package crosvm.runner.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A running machine's counters, as the control socket tells them, for people. */
public final class StatsText {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final double NANOS_PER_MICROSECOND = 1e3;

    private StatsText() {}

    /** All of them since the machine's start, ending with a line feed. */
    public static String of(Map<String, @Nullable Object> stats) {
        return change(Map.of(), stats);
    }

    /** What has been added to counters since {@code before}, which may be empty; sizes as they are now. */
    public static String change(Map<?, ?> before, Map<?, ?> now) {
        TextTable head = new TextTable()
                .row(
                        "memory",
                        size(number(now, "memory")) + ", of the process " + size(number(now, "resident"))
                                + " resident");
        if (now.get("balloon") != null) {
            head.row("balloon", size(number(now, "balloon")));
        }
        if (now.get("cgroup") instanceof Map<?, ?> group) {
            head.row("limited", LimitsText.used(before.get("cgroup") instanceof Map<?, ?> old ? old : Map.of(), group));
        }
        for (Map<?, ?> network : list(now, "refused")) {
            Map<?, ?> old = same(before, "refused", "network", network);
            head.row(
                    "refused on " + network.get("network"),
                    difference(old, network, "packets") + " packets, " + difference(old, network, "names") + " names");
        }
        for (Map<?, ?> vcpu : list(now, "vcpus")) {
            head.row("vCPU " + vcpu.get("id"), exits(same(before, "vcpus", "id", vcpu), vcpu));
        }
        for (Map<?, ?> device : list(now, "devices")) {
            if (Boolean.TRUE.equals(device.get("failed"))) {
                head.row("disk " + device.get("id"), "FAILED: a flush failed, data may be lost");
            }
        }
        TextTable queues = new TextTable().row("DEVICE", "QUEUE", "REQUESTS", "TO DEVICE", "FROM DEVICE", "MEAN");
        for (Map<?, ?> device : list(now, "devices")) {
            Map<?, ?> old = same(before, "devices", "id", device);
            for (Map<?, ?> queue : list(device, "queues")) {
                row(queues, device, same(old, "queues", "name", queue), queue);
            }
        }
        return head.toString() + "\n" + queues;
    }

    private static String exits(Map<?, ?> before, Map<?, ?> now) {
        Map<?, ?> old = before.get("exits") instanceof Map<?, ?> map ? map : Map.of();
        Map<?, ?> counts = now.get("exits") instanceof Map<?, ?> map ? map : Map.of();
        String text = counts.keySet().stream()
                .filter(reason -> difference(old, counts, reason) > 0)
                .map(reason -> reason + " " + difference(old, counts, reason))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "no exits" : "exits: " + text;
    }

    private static void row(TextTable table, Map<?, ?> device, Map<?, ?> before, Map<?, ?> now) {
        long requests = difference(before, now, "requests");
        double mean = difference(before, now, "nanoseconds") / NANOS_PER_MICROSECOND / Math.max(1, requests);
        table.row(
                String.valueOf(device.get("id")),
                String.valueOf(now.get("name")),
                Long.toString(requests),
                size(difference(before, now, "readBytes")),
                size(difference(before, now, "writtenBytes")),
                requests == 0 ? "-" : String.format(Locale.ROOT, "%.0f µs", mean));
    }

    /** The entry of a list that has the same key, or none. */
    private static Map<?, ?> same(Map<?, ?> in, String list, String key, Map<?, ?> entry) {
        return list(in, list).stream()
                .filter(other -> String.valueOf(other.get(key)).equals(String.valueOf(entry.get(key))))
                .findFirst()
                .orElse(Map.of());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<?, ?>> list(Map<?, ?> in, String name) {
        return in.get(name) instanceof List<?> list ? (List<Map<?, ?>>) list : List.of();
    }

    private static long difference(Map<?, ?> before, Map<?, ?> now, Object name) {
        return number(now, name) - number(before, name);
    }

    private static long number(Map<?, ?> in, Object name) {
        return in.get(name) instanceof Number number ? number.longValue() : 0;
    }

    /** Three digits and a unit: {@code 12.3MiB}. */
    static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 || value >= 100
                ? String.format(Locale.ROOT, "%.0f%s", value, UNITS[unit])
                : String.format(Locale.ROOT, "%.1f%s", value, UNITS[unit]);
    }
}
