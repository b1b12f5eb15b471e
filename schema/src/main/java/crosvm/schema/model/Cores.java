package crosvm.schema.model;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/**
 * An amount of processor time, in cores of the host: {@code 2}, {@code 0.5}.
 *
 * @param hundredths of a core, 1 to {@value #MAX_HUNDREDTHS}
 */
public record Cores(int hundredths) {
    /** 1024 cores. */
    public static final int MAX_HUNDREDTHS = 102_400;

    private static final Pattern FORM = Pattern.compile("[0-9]{1,4}(\\.[0-9]{1,2})?");

    /** Refuses what is out of range with an {@link IllegalArgumentException}. */
    public Cores {
        if (hundredths < 1 || hundredths > MAX_HUNDREDTHS) {
            throw new IllegalArgumentException("a number of cores is from 0.01 to 1024");
        }
    }

    /**
     * Reads a number of cores.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static Cores parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not a number of cores: write 2, 0.5 or 1.25, with at most two digits behind the point");
        }
        int hundredths = new BigDecimal(text).movePointRight(2).intValueExact();
        if (hundredths < 1 || hundredths > MAX_HUNDREDTHS) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is out of range: a number of cores is from 0.01 to 1024");
        }
        return new Cores(hundredths);
    }

    /** Processor time within a period, in the same unit. */
    public long of(long period) {
        return period * hundredths / 100;
    }

    /** As short as it can be: {@code 1.5}. */
    @Override
    public String toString() {
        return BigDecimal.valueOf(hundredths, 2).stripTrailingZeros().toPlainString();
    }
}
