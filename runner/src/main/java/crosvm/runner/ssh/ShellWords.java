package crosvm.runner.ssh;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Words as a POSIX shell reads them back, whatever is in them. */
public final class ShellWords {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    /**
     * Runs its arguments and hands back their status also when a signal ended them, as 128 and the signal's number, which sshd would
     * not; what the shell itself has to say of that goes nowhere.
     */
    private static final String EXACT =
            "trap : INT QUIT; exec 3>&2 2>/dev/null; (exec 2>&3 3>&-; exec \"$@\"); exit $?";

    private ShellWords() {}

    /** One word. */
    public static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** A line of words. */
    public static String line(List<String> words) {
        return words.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
    }

    /** The line that runs a script with arguments ($1 and so on), whatever the user's shell is. */
    static String script(String script, List<String> arguments) {
        return "exec /bin/sh -c " + line(List.of(script)) + " sh " + line(arguments);
    }

    /** The line that runs a program with its arguments, and ends with its status. */
    static String exact(List<String> command) {
        return script(EXACT, command);
    }
}
