package crosvm.runner.network;

import crosvm.schema.model.EgressTarget;
import crosvm.schema.model.InternetSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What machines reach outside. Immutable.
 *
 * @param internet whether they reach anything
 * @param allow all that they reach; null for everything
 */
public record Reach(boolean internet, @Nullable List<EgressTarget> allow) {
    /** Copies the list. */
    public Reach {
        allow = allow == null ? null : List.copyOf(allow);
    }

    /** What a file says; null where it says nothing. */
    static @Nullable Reach of(@Nullable InternetSpec spec) {
        return spec == null ? null : new Reach(spec.enabled(), spec.enabled() ? spec.targets() : null);
    }

    /** Whether nothing is refused. */
    boolean isEverything() {
        return internet && allow == null;
    }

    /** What is listed; nothing where nothing is reached. Not for everything. */
    List<EgressTarget> targets() {
        return internet && allow != null ? allow : List.of();
    }

    /** For people: what a network does, or a machine. */
    String describe(boolean isMachine) {
        if (!internet) {
            return isMachine ? "reaches nothing outside" : "does not lead out";
        }
        String what = allow == null
                ? "the internet"
                : allow.size() + (allow.size() == 1 ? " destination" : " destinations") + " alone";
        return (isMachine ? "reaches " : "leads to ") + what;
    }

    /** For another process. */
    Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("internet", internet);
        map.put(
                "allow",
                allow == null
                        ? null
                        : allow.stream().map(EgressTarget::toString).toList());
        return map;
    }

    /** Reads what {@link #toMap} wrote. */
    static Reach fromMap(Map<?, ?> map) {
        return new Reach(
                Boolean.TRUE.equals(map.get("internet")),
                map.get("allow") instanceof List<?> allow
                        ? allow.stream()
                                .map(item -> EgressTarget.parse(String.valueOf(item)))
                                .toList()
                        : null);
    }
}
