package crosvm.runner.report;

import crosvm.schema.model.MemorySize;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A running machine's own account of itself, for people. */
public final class StatusText {
    private static final String BYTES = "Bytes";

    private StatusText() {}

    /** A line for each fact, ending with a line feed. */
    public static String of(Map<String, @Nullable Object> status) {
        TextTable table = new TextTable()
                .row("name", String.valueOf(status.get("name")))
                .row("state", String.valueOf(status.get("state")))
                .row("process", String.valueOf(status.get("pid")))
                .row(
                        "up",
                        Durations.text(
                                Duration.ofSeconds(number(status, "uptime").longValue())))
                .row("vCPUs", String.valueOf(status.get("vcpus")))
                .row("memory", size(number(status, "memory")));
        if (status.get("cid") instanceof Number cid) {
            table.row("vsock", "context id " + cid);
        }
        if (status.get("readiness") instanceof Map<?, ?> readiness) {
            table.row(
                    "readiness",
                    readiness.get("state") + ": " + TextTable.line(String.valueOf(readiness.get("detail"))));
        }
        if (status.get("limits") instanceof Map<?, ?> limits) {
            table.row("limits", LimitsText.of(limits));
        }
        if (status.get("balloon") instanceof Map<?, ?> balloon) {
            table.row("balloon", balloon(balloon));
        }
        if (status.get("disks") instanceof List<?> disks) {
            for (Object disk : disks) {
                if (disk instanceof Map<?, ?> facts) {
                    table.row("disk " + facts.get("id"), disk(facts));
                }
            }
        }
        return table.toString();
    }

    private static String disk(Map<?, ?> facts) {
        String access = Boolean.TRUE.equals(facts.get("readOnly")) ? "read-only" : "writable";
        String failed = Boolean.TRUE.equals(facts.get("failed")) ? "FAILED (a flush failed, data may be lost), " : "";
        return failed + size(number(facts, "size")) + ", " + access + ", " + facts.get("path");
    }

    /** {@code 128MiB, of which the guest has given 64MiB}. */
    public static String balloon(Map<?, ?> sizes) {
        String target = size(number(sizes, "target"));
        String actual = size(number(sizes, "actual"));
        return target.equals(actual) ? target : target + ", of which the guest has given " + actual;
    }

    /** Names and numbers, one each line; those in bytes with a unit. */
    public static String figures(Map<String, @Nullable Object> figures) {
        TextTable table = new TextTable();
        figures.forEach((name, value) -> {
            boolean bytes = name.endsWith(BYTES) && value instanceof Number;
            table.row(
                    bytes ? name.substring(0, name.length() - BYTES.length()) : name,
                    bytes ? StatsText.size(((Number) value).longValue()) : String.valueOf(value));
        });
        return table.toString();
    }

    private static Number number(Map<?, ?> facts, String name) {
        return facts.get(name) instanceof Number number ? number : -1;
    }

    private static String size(Number bytes) {
        return bytes.longValue() < 0 ? "unknown" : new MemorySize(bytes.longValue()).toString();
    }
}
