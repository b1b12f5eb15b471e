package crosvm.runner.metrics;

import crosvm.vmm.metrics.PrometheusText;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the figures of several machines as one text: each family once, with the samples of all machines in it, as both formats
 * ask. Used once, by one thread.
 */
public final class Exposition {
    /** The format of the text. */
    public enum Format {
        /**
         * OpenMetrics 1.0: a counter's family is named without {@code _total}, bounds of buckets are canonical numbers, {@code #
         * EOF} is the end.
         */
        OPENMETRICS("application/openmetrics-text; version=1.0.0; charset=utf-8"),
        /** Prometheus's text format 0.0.4. */
        PROMETHEUS("text/plain; version=0.0.4; charset=utf-8");

        private final String mediaType;

        Format(String mediaType) {
            this.mediaType = mediaType;
        }

        /** For the header Content-Type. */
        public String mediaType() {
            return mediaType;
        }
    }

    private static final String HELP = "# HELP ";
    private static final String TYPE = "# TYPE ";
    private static final String TOTAL = "_total";
    private static final Pattern BOUND = Pattern.compile("(?<=[{,]le=\")[0-9.]+(?=\")");

    /** From here down, a number is written with an exponent. */
    private static final int SMALLEST_PLAIN_EXPONENT = -4;

    private final Map<String, Family> families = new LinkedHashMap<>();

    private Exposition() {}

    /** One family: its metadata and the samples so far. */
    private static final class Family {
        private String help = "";
        private String type = "unknown";
        private final StringBuilder samples = new StringBuilder();
    }

    /** The text for these machines, in their order. */
    public static String of(List<MachineFigures> machines, Format format) {
        Exposition text = new Exposition();
        machines.forEach(text::addMachine);
        machines.forEach(machine -> text.addCounters(machine.text()));
        return format == Format.OPENMETRICS ? text.openMetrics() : text.prometheus();
    }

    private void addMachine(MachineFigures machine) {
        String labels = "{" + PrometheusText.label("vm", machine.name()) + "} ";
        sample("crosvm_machine_up", "gauge", "1 when the machine's process answers, else 0.")
                .append("crosvm_machine_up" + labels)
                .append(machine.text().isEmpty() ? 0 : 1)
                .append('\n');
        sample("crosvm_machine_start_time_seconds", "gauge", "When the machine's process began, since 1970.")
                .append("crosvm_machine_start_time_seconds" + labels)
                .append(BigDecimal.valueOf(machine.started().toEpochMilli(), 3))
                .append('\n');
        sample("crosvm_machine_restarts_total", "counter", "How often the machine has been started again.")
                .append("crosvm_machine_restarts_total" + labels)
                .append(machine.restarts())
                .append('\n');
    }

    private StringBuilder sample(String name, String type, String help) {
        Family family = families.computeIfAbsent(name, n -> new Family());
        family.type = type;
        family.help = help;
        return family.samples;
    }

    /** Takes what one machine has said apart by families. */
    private void addCounters(String text) {
        Family family = null;
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(HELP)) {
                family = families.computeIfAbsent(word(line, HELP), n -> new Family());
                family.help = rest(line, HELP);
            } else if (line.startsWith(TYPE)) {
                family = families.computeIfAbsent(word(line, TYPE), n -> new Family());
                family.type = rest(line, TYPE);
            } else if (family != null && !line.isEmpty()) {
                family.samples.append(line).append('\n');
            }
        }
    }

    private static String word(String line, String keyword) {
        int end = line.indexOf(' ', keyword.length());
        return line.substring(keyword.length(), end < 0 ? line.length() : end);
    }

    private static String rest(String line, String keyword) {
        int end = line.indexOf(' ', keyword.length());
        return end < 0 ? "" : line.substring(end + 1);
    }

    private static String canonical(String sample) {
        Matcher bound = BOUND.matcher(sample);
        return bound.replaceAll(found -> canonicalNumber(found.group()));
    }

    /** A number as the specification's "Considerations: Canonical Numbers" writes it: {@code 1e-05}, {@code 0.001}, {@code 1.0}. */
    static String canonicalNumber(String number) {
        BigDecimal value = new BigDecimal(number).stripTrailingZeros();
        int exponent = value.precision() - value.scale() - 1;
        if (value.signum() != 0 && exponent < SMALLEST_PLAIN_EXPONENT) {
            String digits = value.unscaledValue().toString();
            return digits.charAt(0)
                    + (digits.length() > 1 ? "." + digits.substring(1) : "")
                    + (exponent > -10 ? "e-0" : "e-")
                    + -exponent;
        }
        String plain = value.toPlainString();
        return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }

    private String openMetrics() {
        StringBuilder text = new StringBuilder();
        families.forEach((name, family) -> {
            boolean total = family.type.equals("counter") && name.endsWith(TOTAL);
            write(text, total ? name.substring(0, name.length() - TOTAL.length()) : name, family);
            family.samples
                    .toString()
                    .lines()
                    .forEach(sample -> text.append(canonical(sample)).append('\n'));
        });
        return text.append("# EOF\n").toString();
    }

    private String prometheus() {
        StringBuilder text = new StringBuilder();
        families.forEach((name, family) -> {
            write(text, name, family);
            text.append(family.samples);
        });
        return text.toString();
    }

    private static void write(StringBuilder text, String name, Family family) {
        text.append(HELP).append(name).append(' ').append(family.help).append('\n');
        text.append(TYPE).append(name).append(' ').append(family.type).append('\n');
    }
}
