package crosvm.runner.cli;

import crosvm.runner.report.Durations;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Options whose value is a time. */
final class TimeOption {
    private TimeOption() {}

    static void addTo(CommandSpec spec, String option, String defaultValue, String description) {
        spec.addOption(OptionSpec.builder(option)
                .paramLabel("TIME")
                .type(String.class)
                .defaultValue(defaultValue)
                .description(
                        description + " Seconds, or with a unit: 500ms, 90s, 5m, 1h. Default: " + defaultValue + ".")
                .build());
    }

    /**
     * The value given, or the option's default.
     *
     * @throws ParameterException for what is no time
     */
    static Duration of(ParseResult arguments, String option) {
        String value = arguments.matchedOptionValue(
                option, arguments.commandSpec().findOption(option).defaultValue());
        Duration time = Durations.parse(value);
        if (time == null) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + option + "': '" + value + "' is not a time; write 90s, 5m or 1h");
        }
        return time;
    }

    /**
     * A point in time: so long ago, or written out.
     *
     * @return {@link Instant#MIN} when the option is not given
     * @throws ParameterException for what is neither
     */
    static Instant since(ParseResult arguments, String option, Instant now) {
        String text = arguments.matchedOptionValue(option, null);
        if (text == null) {
            return Instant.MIN;
        }
        Duration ago = Durations.parse(text);
        if (ago != null) {
            return now.minus(ago);
        }
        try {
            return text.matches(".*(Z|[+-][0-9]{2}:?[0-9]{2})")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text.replace(' ', 'T'))
                            .atZone(ZoneId.systemDefault())
                            .toInstant();
        } catch (DateTimeException e) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + option + "': '" + text
                            + "' is not a time; write 10m, 2h or 2026-11-24T08:00:00Z");
        }
    }
}
