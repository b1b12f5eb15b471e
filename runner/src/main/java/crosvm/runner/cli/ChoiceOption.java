package crosvm.runner.cli;

import java.util.List;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Options whose value is one of a few words. */
final class ChoiceOption {
    private ChoiceOption() {}

    /**
     * The value given, or the option's default.
     *
     * @throws ParameterException for any other word
     */
    static String of(ParseResult arguments, String option, List<String> words) {
        String value = arguments.matchedOptionValue(
                option, arguments.commandSpec().findOption(option).defaultValue());
        if (!words.contains(value)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + option + "': '" + value + "' is not one of "
                            + String.join(", ", words));
        }
        return value;
    }
}
