package crosvm.runner.readiness;

import crosvm.schema.model.EnumWord;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How ready a machine is. Immutable.
 *
 * @param state where it stands
 * @param since when that began
 * @param detail for people: what is missing, or how long it took; may be empty
 */
public record Readiness(State state, Instant since, String detail) {
    /** What can be said of it. */
    public enum State {
        /** Not ready yet. */
        WAITING,
        /** The sign has been seen. */
        READY,
        /** Not ready, and the time for it is over; it may still come. */
        OVERDUE,
        /** It was ready, and several looks in a row have failed since. */
        UNHEALTHY;

        /** For programs and people. */
        public String word() {
            return EnumWord.of(this);
        }
    }

    /** As JSON. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("state", state.word());
        map.put("since", since.toString());
        map.put("detail", detail);
        return map;
    }

    /**
     * From what {@link #toMap} gave; null stays null.
     *
     * @throws RuntimeException for what is nothing of that kind
     */
    public static @Nullable Readiness of(@Nullable Object map) {
        if (map == null) {
            return null;
        }
        Map<?, ?> fields = (Map<?, ?>) map;
        return new Readiness(
                State.valueOf(text(fields, "state").toUpperCase(Locale.ROOT)),
                Instant.parse(text(fields, "since")),
                text(fields, "detail"));
    }

    private static String text(Map<?, ?> fields, String name) {
        return (String) Objects.requireNonNull(fields.get(name), name);
    }
}
