package crosvm.runner.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Tells the pattern of {@code --wait REGEX SPEC} from the spec of {@code --wait SPEC}: what is a file, or ends like a spec's, is left
 * to be the spec. Used by picocli.
 */
final class OptionalRegex implements IParameterPreprocessor {
    private static final String SEPARATOR = "=";

    @Override
    @SuppressWarnings("JdkObsolete") // The stack is picocli's.
    public boolean preprocess(Stack<String> arguments, CommandSpec command, ArgSpec option, Map<String, Object> info) {
        boolean attached = SEPARATOR.equals(info.get("separator"));
        if (!attached && !arguments.isEmpty() && isSpec(arguments.peek())) {
            arguments.push(UpCommand.READY);
        }
        return false;
    }

    private static boolean isSpec(String word) {
        try {
            return word.endsWith(".yaml") || word.endsWith(".yml") || Files.exists(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
