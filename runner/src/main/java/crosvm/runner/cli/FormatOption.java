package crosvm.runner.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The option {@code --format} of the commands whose output is for people unless it says otherwise. */
final class FormatOption {
    static final String NAME = "--format";
    private static final String JSON = "json";

    private FormatOption() {}

    /** Adds it: the first word is the default. */
    static void addTo(CommandSpec spec, String... words) {
        String description = String.join(" or ", words) + ". Default: " + words[0] + ".";
        addDescribed(spec, description, words);
    }

    /** Adds it with a description of its own. */
    static void addDescribed(CommandSpec spec, String description, String... words) {
        spec.addOption(OptionSpec.builder(NAME)
                .paramLabel(String.join("|", words))
                .type(String.class)
                .completionCandidates(List.of(words))
                .defaultValue(words[0])
                .description(description)
                .build());
    }

    /**
     * The word given, or the default.
     *
     * @throws ParameterException for any other word
     */
    static String of(ParseResult arguments) {
        List<String> words = new java.util.ArrayList<>();
        arguments.commandSpec().findOption(NAME).completionCandidates().forEach(words::add);
        return ChoiceOption.of(arguments, NAME, words);
    }

    /** Whether it is {@code json}. */
    static boolean isJson(ParseResult arguments) {
        return of(arguments).equals(JSON);
    }
}
