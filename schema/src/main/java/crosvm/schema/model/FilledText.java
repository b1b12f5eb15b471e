package crosvm.schema.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A text with environment variables filled in, which may be secrets: only the machine gets the text itself, everybody else sees it as
 * it was written. Immutable.
 *
 * @param text with the values of the variables
 * @param written with their names, as it stands in a spec: {@code ${NAME}}, and {@code $$} for a dollar sign
 * @param variables those that were filled in, with their values
 */
public record FilledText(String text, String written, Map<String, String> variables) {
    /** Copies the map, keeping its order. */
    public FilledText {
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** One without variables. */
    public static FilledText of(String text) {
        return new FilledText(text, text.replace("$", "$$"), Map.of());
    }

    /** As it was written. */
    @Override
    public String toString() {
        return written;
    }
}
