package crosvm.runner.instance;

import crosvm.runner.report.Durations;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.TextTable;
import crosvm.schema.load.SpecLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How a machine is called on the command line: by its name, or by the file of its spec. */
public final class MachineNames {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");
    private static final String SPEC = "vm.yaml";

    private MachineNames() {}

    /**
     * The state folder of a machine, which need not be there.
     *
     * @throws FailedException when it is neither a name nor the file of a spec
     * @throws crosvm.schema.problem.SpecException when the spec is wrong
     */
    public static StateFolder resolve(String word, Map<String, String> environment) {
        StateFolders folders = StateFolders.of(environment);
        boolean isName = NAME.matcher(word).matches();
        if (isName && Files.isDirectory(folders.of(word).path())) {
            return folders.of(word);
        }
        Path file = Path.of(word);
        Path spec = Files.isDirectory(file) ? file.resolve(SPEC) : file;
        if (Files.isRegularFile(spec)) {
            return folders.of(
                    SpecLoader.withEnvironment(environment).load(spec).orThrow().name());
        }
        if (isName && !word.endsWith(".yaml")) {
            return folders.of(word);
        }
        throw new FailedException(word + ": is neither the name of a machine nor a spec file"
                + (isName || word.indexOf('/') >= 0 ? "; no such file" : "")
                + ". crosvm ps lists running machines");
    }

    /**
     * What is written down about a machine.
     *
     * @throws FailedException when there is nothing
     */
    public static InstanceState require(String word, Map<String, String> environment) {
        StateFolder folder = resolve(word, environment);
        InstanceState state = folder.read();
        if (state == null) {
            throw new FailedException(notRunning(folder, null));
        }
        return state;
    }

    /** Whether a word is the name of a machine that runs or has left something. */
    public static boolean isKnown(String word, Map<String, String> environment) {
        return NAME.matcher(word).matches()
                && Files.isDirectory(StateFolders.of(environment).of(word).path());
    }

    /**
     * The message for a machine that is not running, whatever it was needed for.
     *
     * @param state what it has left, or null
     */
    public static String notRunning(StateFolder folder, @Nullable InstanceState state) {
        if (state == null) {
            return folder.name() + ": no machine of that name has run. crosvm ps -a lists the machines in "
                    + folder.path().getParent();
        }
        String text = folder.name() + ": is not running";
        Instant ended = state.ended();
        return ended == null
                ? text + "; its process died"
                : text + "; it ended " + Durations.text(Duration.between(ended, Instant.now())) + " ago"
                        + (state.cause().isEmpty() ? "" : ": " + TextTable.line(state.cause()));
    }
}
