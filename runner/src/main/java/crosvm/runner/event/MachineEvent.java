package crosvm.runner.event;

import crosvm.schema.json.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that has happened to a machine. Immutable.
 *
 * @param time when it was seen
 * @param machine its name
 * @param event what: {@code present}, {@code starting}, {@code running}, {@code suspended}, …
 * @param facts more about it, in their order: numbers, texts, null
 */
public record MachineEvent(Instant time, String machine, String event, Map<String, @Nullable Object> facts) {
    /** One line of JSON, without the line's end. */
    public String toJson() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("time", time.toString());
        map.put("machine", machine);
        map.put("event", event);
        map.putAll(facts);
        return Json.compact(map);
    }
}
