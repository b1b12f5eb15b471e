package crosvm.runner.report;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times as people write and read them. */
public final class Durations {
    private static final Pattern PATTERN = Pattern.compile("([0-9]{1,9})(?:\\.([0-9]{1,3}))?(ms|s|m|h|d)?");
    private static final long MINUTE = 60;
    private static final long HOUR = 3600;
    private static final long DAY = 86400;

    private Durations() {}

    /** {@code 90}, {@code 90s}, {@code 1.5m}, {@code 2h}, {@code 1d}, {@code 500ms}; a bare number is seconds. Null for others. */
    public static @Nullable Duration parse(String text) {
        Matcher form = PATTERN.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!form.matches()) {
            return null;
        }
        long unit = form.group(3) == null
                ? 1000
                : switch (form.group(3)) {
                    case "ms" -> 1;
                    case "m" -> MINUTE * 1000;
                    case "h" -> HOUR * 1000;
                    case "d" -> DAY * 1000;
                    default -> 1000;
                };
        long millis = Long.parseLong(form.group(1)) * unit;
        if (form.group(2) != null) {
            long scale = (long) Math.pow(10, form.group(2).length());
            millis += Long.parseLong(form.group(2)) * unit / scale;
        }
        return Duration.ofMillis(millis);
    }

    /** The two largest units: {@code 3d 4h}, {@code 5m 10s}, {@code 12s}. */
    public static String text(Duration time) {
        long s = Math.max(0, time.toSeconds());
        if (s >= DAY) {
            return s / DAY + "d " + s % DAY / HOUR + "h";
        }
        if (s >= HOUR) {
            return s / HOUR + "h " + s % HOUR / MINUTE + "m";
        }
        return s >= MINUTE ? s / MINUTE + "m " + s % MINUTE + "s" : s + "s";
    }
}
