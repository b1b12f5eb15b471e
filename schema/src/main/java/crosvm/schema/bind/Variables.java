package crosvm.schema.bind;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables that a spec's values may name: what crosvm gives, then the environment, then those of a file. Immutable.
 *
 * @param environment null when nothing is known of it, and nothing may depend on it
 * @param file what an environment file says
 * @param fileName what messages call that file
 * @param given what crosvm itself gives: the same on every host
 */
public record Variables(
        @Nullable Map<String, String> environment,
        Map<String, String> file,
        String fileName,
        Map<String, String> given) {
    /** Copies the maps. */
    public Variables {
        environment = environment == null ? null : Map.copyOf(environment);
        file = Map.copyOf(file);
        given = Map.copyOf(given);
    }

    /** Those of an environment alone; null when it is unknown. */
    public static Variables of(@Nullable Map<String, String> environment) {
        return new Variables(environment, Map.of(), "", Map.of());
    }

    /** The same with the variables of a file below the environment. */
    public Variables withFile(Map<String, String> variables, String name) {
        return new Variables(environment, variables, name, given);
    }

    /** The same with one that crosvm gives. */
    public Variables with(String name, String value) {
        Map<String, String> more = new HashMap<>(given);
        more.put(name, value);
        return new Variables(environment, file, fileName, more);
    }

    /** The value, or null when the variable is not set, or unknown. */
    @Nullable String value(String name) {
        String value = given.get(name);
        if (value == null && environment != null) {
            value = environment.get(name);
            return value == null ? file.get(name) : value;
        }
        return value;
    }

    /** How the place that a variable comes from is called: its name, and the file's unless it is the environment; empty for one given. */
    String source(String name) {
        boolean isOfFile = environment != null && !environment.containsKey(name);
        return given.containsKey(name) ? "" : name + (isOfFile ? " of " + fileName : "");
    }

    /** Where files are that came with the spec. */
    CarriedRoot carried() {
        return CarriedRoot.of(environment);
    }

    /** Whether nothing can be said of a variable that has no value. */
    boolean isUnknown() {
        return environment == null;
    }
}
