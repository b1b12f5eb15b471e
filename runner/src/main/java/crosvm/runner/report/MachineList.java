package crosvm.runner.report;

import crosvm.runner.readiness.Readiness;
import crosvm.schema.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The list of {@code crosvm ps}. Used by one thread. */
public final class MachineList {
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private final Instant now;
    private final List<Row> rows = new ArrayList<>();

    /** @param now what uptimes are counted to */
    public MachineList(Instant now) {
        this.now = now;
    }

    /**
     * A machine.
     *
     * @param pid null when there is no process
     * @param started when its process took the name
     * @param since when its state began
     * @param ended when it ended for good; null while it has not, or when that is unknown
     * @param memory in bytes
     * @param balloon what the balloon holds in bytes, or null
     * @param cid the guest's vsock context id, or null
     * @param file of the spec, or null
     * @param restarts how often it was started again
     * @param status of the last run, or null
     * @param cause of the last run's end, or empty
     * @param fleet the fleet that it belongs to; null for a machine by itself
     * @param readiness how ready its guest is, or null where nothing is known of it
     */
    public record Row(
            String name,
            String state,
            @Nullable Long pid,
            Instant started,
            Instant since,
            @Nullable Instant ended,
            int vcpus,
            long memory,
            @Nullable Long balloon,
            @Nullable Long cid,
            @Nullable Path file,
            int restarts,
            @Nullable Integer status,
            String cause,
            @Nullable String fleet,
            @Nullable Readiness readiness) {}

    /** Adds a machine. */
    public void add(Row row) {
        rows.add(row);
    }

    /**
     * For people.
     *
     * @param ends whether also when and why machines have ended
     */
    public String toTable(boolean ends) {
        TextTable table = new TextTable();
        List<String> titles =
                new ArrayList<>(List.of("NAME", "STATE", "PID", "UPTIME", "VCPUS", "MEMORY", "BALLOON", "CID", "SPEC"));
        boolean readies = rows.stream().anyMatch(row -> row.readiness() != null);
        if (readies) {
            titles.add(2, "READY");
        }
        if (ends) {
            titles.addAll(List.of("RESTARTS", "ENDED", "CAUSE"));
        }
        table.row(titles.toArray(String[]::new));
        for (Row row : rows) {
            List<String> cells = new ArrayList<>(List.of(
                    row.name(),
                    row.pid() == null && row.status() != null ? row.state() + " (" + row.status() + ")" : row.state(),
                    row.pid() == null ? "-" : row.pid().toString(),
                    row.pid() == null ? "-" : Durations.text(Duration.between(row.started(), now)),
                    String.valueOf(row.vcpus()),
                    Sizes.text(row.memory()),
                    row.balloon() == null ? "-" : Sizes.text(row.balloon()),
                    row.cid() == null ? "-" : row.cid().toString(),
                    row.file() == null ? "-" : row.file().toString()));
            if (readies) {
                cells.add(2, row.readiness() == null ? "-" : readiness(row.readiness()));
            }
            if (ends) {
                Instant ended = row.ended();
                cells.add(String.valueOf(row.restarts()));
                cells.add(ended == null ? "-" : LOCAL.format(ended.atZone(ZoneId.systemDefault())));
                cells.add(row.cause().isEmpty() ? "-" : TextTable.line(row.cause()));
            }
            table.row(cells.toArray(String[]::new));
        }
        return table.toString();
    }

    private static String readiness(Readiness readiness) {
        return readiness.state() == Readiness.State.READY
                ? "yes"
                : readiness.state().word();
    }

    /** For programs: sizes in bytes, times in seconds and as ISO 8601. */
    public String toJson() {
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (Row row : rows) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("name", row.name());
            map.put("state", row.state());
            map.put("pid", row.pid());
            map.put("started", row.started().toString());
            map.put("since", row.since().toString());
            map.put("ended", row.ended() == null ? null : row.ended().toString());
            map.put(
                    "uptime",
                    row.pid() == null
                            ? null
                            : Duration.between(row.started(), now).toSeconds());
            map.put("vcpus", row.vcpus());
            map.put("memory", row.memory());
            map.put("balloon", row.balloon());
            map.put("cid", row.cid());
            map.put("spec", row.file() == null ? null : row.file().toString());
            map.put("fleet", row.fleet());
            map.put("restarts", row.restarts());
            map.put("status", row.status());
            map.put("cause", row.cause());
            map.put(
                    "readiness",
                    row.readiness() == null ? null : row.readiness().toMap());
            list.add(map);
        }
        return Json.pretty(list);
    }
}
