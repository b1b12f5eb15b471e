package crosvm.runner.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The options of a command whose first word is an action, by action. One that belongs to another action is refused: ignored, it would
 * be taken for done.
 */
final class ActionOptions {
    private final Map<String, Set<String>> ofAction;

    /** @param ofAction the long names of the options of every action */
    ActionOptions(Map<String, Set<String>> ofAction) {
        this.ofAction = new TreeMap<>(ofAction);
    }

    /**
     * Refuses options of other actions.
     *
     * @throws ParameterException naming the option and the actions that it belongs to
     */
    void check(ParseResult arguments, String action) {
        Set<String> own = ofAction.getOrDefault(action, Set.of());
        for (OptionSpec option : arguments.matchedOptions()) {
            String name = option.longestName();
            List<String> owners = ofAction.entrySet().stream()
                    .filter(other -> other.getValue().contains(name))
                    .map(Map.Entry::getKey)
                    .toList();
            if (!owners.isEmpty() && !own.contains(name)) {
                throw new ParameterException(
                        arguments.commandSpec().commandLine(),
                        name + " belongs to " + owners.stream().collect(Collectors.joining(" and ")) + ", not to "
                                + action);
            }
        }
    }
}
