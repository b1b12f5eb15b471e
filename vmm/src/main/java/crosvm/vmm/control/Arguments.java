package crosvm.vmm.control;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request's arguments: taken one by one, so that those nobody took can be refused. Used by one thread. */
public final class Arguments {
    private final Map<String, @Nullable Object> values;
    private final Set<String> taken = new LinkedHashSet<>();

    Arguments(Map<String, @Nullable Object> values) {
        this.values = values;
    }

    private @Nullable Object take(String name) {
        taken.add(name);
        return values.get(name);
    }

    /** A whole number, or null when it is not given. @throws ControlException when it is something else */
    public @Nullable Long number(String name) {
        Object value = take(name);
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
        Object value = take(name);
        if (value == null) {
            throw missing(name);
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrong(name, value, "a text");
    }

    /** Whether it is given. */
    public boolean has(String name) {
        return take(name) != null;
    }

    /** False when it is not given. @throws ControlException when it is neither true nor false */
    public boolean flag(String name) {
        Object value = take(name);
        if (value == null || value instanceof Boolean) {
            return value != null && (Boolean) value;
        }
        throw wrong(name, value, "true or false");
    }

    /** Called when all that a command knows is taken. @throws ControlException naming an argument it does not know */
    public void end() {
        for (String name : values.keySet()) {
            if (!taken.contains(name)) {
                throw new ControlException(
                        ErrorCode.BAD_ARGUMENT,
                        name + ": no such argument; there is "
                                + (taken.isEmpty() ? "none" : String.join(", ", List.copyOf(taken))));
            }
        }
    }

    private static ControlException missing(String name) {
        return new ControlException(ErrorCode.BAD_ARGUMENT, name + ": is missing");
    }

    private static ControlException wrong(String name, Object value, String expected) {
        return new ControlException(ErrorCode.BAD_ARGUMENT, name + ": is " + Json.write(value) + ", not " + expected);
    }
}
