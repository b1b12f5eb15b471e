package crosvm.vmm.control;

import crosvm.schema.json.Json;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request's arguments, of those that its {@link Operation} declares. Used by one thread. */
public final class Arguments {
    private final Map<String, @Nullable Object> values;
    private final Set<String> declared = new LinkedHashSet<>();

    Arguments(Map<String, @Nullable Object> values) {
        this.values = values;
    }

    /** @throws ControlException naming an argument that is given and not one of {@code known} */
    void declare(List<Argument> known) {
        known.forEach(argument -> declared.add(argument.name()));
        for (String name : values.keySet()) {
            if (!declared.contains(name)) {
                throw new ControlException(
                        ErrorCode.BAD_ARGUMENT,
                        name + ": unknown argument; "
                                + (declared.isEmpty()
                                        ? "this command takes none"
                                        : "known: " + String.join(", ", declared)));
            }
        }
    }

    private @Nullable Object value(String name) {
        if (!declared.contains(name)) {
            throw new IllegalArgumentException("argument " + name + " is used and not declared");
        }
        return values.get(name);
    }

    /**
     * A whole number, or null when it is not given.
     *
     * @throws ControlException when it is something else
     */
    public @Nullable Long number(String name) {
        Object value = value(name);
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        throw wrong(name, value, "a whole number");
    }

    /** @throws ControlException when it is not given, no whole number or outside {@code least} to {@code most} */
    public long number(String name, long least, long most) {
        Long value = number(name);
        if (value == null) {
            throw missing(name);
        }
        if (value < least || value > most) {
            throw wrong(name, value, "from " + least + " to " + most);
        }
        return value;
    }

    /** @throws ControlException when it is not given or no text */
    public String text(String name) {
        Object value = value(name);
        if (value == null) {
            throw missing(name);
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrong(name, value, "a string");
    }

    /** Whether it is given. */
    public boolean has(String name) {
        return value(name) != null;
    }

    private static ControlException missing(String name) {
        return new ControlException(ErrorCode.BAD_ARGUMENT, name + ": is missing");
    }

    private static ControlException wrong(String name, Object value, String expected) {
        return new ControlException(ErrorCode.BAD_ARGUMENT, name + ": is " + Json.compact(value) + ", not " + expected);
    }
}
