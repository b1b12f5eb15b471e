package crosvm.schema.model;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A length of time, written {@code 90s}, {@code 5m}, {@code 1h} or as a plain number of seconds.
 *
 * @param seconds 1 to {@value #MAX_SECONDS}
 */
public record TimeSpan(long seconds) {
    /** A day. */
    public static final long MAX_SECONDS = 86_400;

    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(s|m|h)?");

    /** Refuses what is out of range with an {@link IllegalArgumentException}. */
    public TimeSpan {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new IllegalArgumentException("a time is from 1s to 24h");
        }
    }

    /**
     * Reads a time.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static TimeSpan parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a time: write 90s, 5m, 1h or a plain number of seconds");
        }
        long unit = "m".equals(form.group(2)) ? 60 : "h".equals(form.group(2)) ? 3600 : 1;
        long seconds = Long.parseLong(form.group(1)) * unit;
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new IllegalArgumentException("\"" + text + "\" is out of range: a time is from 1s to 24h");
        }
        return new TimeSpan(seconds);
    }

    /** The same as a JDK duration. */
    public Duration toDuration() {
        return Duration.ofSeconds(seconds);
    }

    /** In the largest unit of which it is a whole number. */
    @Override
    public String toString() {
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
