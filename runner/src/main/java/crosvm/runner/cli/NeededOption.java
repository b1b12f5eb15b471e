package crosvm.runner.cli;

import java.util.List;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Options that do nothing without another one: refused then, since what is ignored would be taken for done. */
final class NeededOption {
    private NeededOption() {}

    /**
     * Refuses options that are given without the one that they need.
     *
     * @throws ParameterException naming both
     */
    static void check(ParseResult arguments, String needed, List<String> options) {
        if (arguments.hasMatchedOption(needed)) {
            return;
        }
        for (String option : options) {
            if (arguments.hasMatchedOption(option)) {
                throw new ParameterException(arguments.commandSpec().commandLine(), option + " needs " + needed);
            }
        }
    }
}
