package crosvm.runner.cli;

import crosvm.runner.report.Durations;
import java.time.Duration;
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
}
