package crosvm.runner.cli;

import crosvm.runner.instance.ConsoleWatch;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.Launcher;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.FailedException;
import crosvm.runner.ssh.GuestPort;
import crosvm.runner.ssh.SshOptions;
import crosvm.runner.ssh.UnreachableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What the commands that log in to a guest have in common. */
final class GuestLogin {
    static final String TIMEOUT = "--timeout";
    static final String FDPASS = "--fdpass";
    static final String USER = "--user";
    private static final String USER_SHORT = "-l";
    private static final String ROOT = "root";
    private static final String END_OF_OPTIONS = "--";
    private static final Set<String> WITH_VALUE = Set.of(USER, USER_SHORT, TIMEOUT);
    private static final int LAST_LINES = 10;

    private GuestLogin() {}

    /** Adds who logs in. */
    static void addUser(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(USER_SHORT, USER)
                .paramLabel("USER")
                .type(String.class)
                .defaultValue(ROOT)
                .description("The user in the guest. The machine's key is root's; others need one of their own there."
                        + " Default: " + ROOT + ".")
                .build());
    }

    /** Adds how long the guest is waited for. */
    static void addTimeout(CommandSpec spec) {
        TimeOption.addTo(
                spec,
                TIMEOUT,
                GuestPort.PATIENCE.toSeconds() + "s",
                "How long to wait for a guest that does not listen yet.");
    }

    static String user(ParseResult arguments) {
        String user = arguments.matchedOptionValue(USER, ROOT);
        if (user.isEmpty() || user.startsWith("-")) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + USER + "': '" + user + "' is not a user's name");
        }
        return user;
    }

    /**
     * Ends the options behind the machine, so that those of a command in the guest need no {@code --} in front. Options of ours may
     * follow the machine where a {@code --} is written.
     */
    static List<String> endOptionsBehindMachine(List<String> given) {
        int machine = 1;
        while (machine < given.size() && given.get(machine).startsWith("-")) {
            if (given.get(machine).equals(END_OF_OPTIONS)) {
                return given;
            }
            machine += WITH_VALUE.contains(given.get(machine)) ? 2 : 1;
        }
        int next = machine + 1;
        while (next < given.size() && given.get(next).startsWith("-")) {
            if (given.get(next).equals(END_OF_OPTIONS)) {
                return given;
            }
            next += WITH_VALUE.contains(given.get(next)) ? 2 : 1;
        }
        if (machine + 1 >= given.size() || next >= given.size() && isHelp(given.get(machine + 1))) {
            return given;
        }
        List<String> words = new ArrayList<>(given);
        words.add(machine + 1, END_OF_OPTIONS);
        return words;
    }

    private static boolean isHelp(String word) {
        return word.equals("-h") || word.equals("--help");
    }

    /** For sessions of this process. */
    static SshOptions options(StateFolder folder, Duration patience) {
        // Who waits longer for a slow guest gives its sshd more time, too.
        Duration answer = patience.compareTo(SshOptions.ANSWER) > 0 ? patience : SshOptions.ANSWER;
        return new SshOptions(folder, Launcher.program(proxy(folder, patience)), answer);
    }

    /** For sessions of the user's own ssh. */
    static SshOptions configuration(StateFolder folder) {
        List<String> words = new ArrayList<>();
        Path launcher = launcher();
        if (Files.isExecutable(launcher)) {
            words.add(launcher.toString());
            words.addAll(proxy(folder, GuestPort.PATIENCE));
        } else {
            words.addAll(Launcher.program(proxy(folder, GuestPort.PATIENCE)));
        }
        return new SshOptions(folder, words, SshOptions.ANSWER);
    }

    private static List<String> proxy(StateFolder folder, Duration patience) {
        return List.of(
                "vsock", FDPASS, TIMEOUT, patience.toMillis() + "ms", folder.name(), String.valueOf(GuestPort.SSH));
    }

    /** The program beside the folder of this program's jars. */
    private static Path launcher() {
        Path jars = Path.of(System.getProperty("java.class.path", "").split(":", 2)[0])
                .toAbsolutePath()
                .normalize()
                .getParent();
        Path program = jars == null ? null : jars.getParent();
        return program == null ? Path.of("/nonexistent") : program.resolve("bin/crosvm");
    }

    /** Tells why a guest cannot be reached, and what it has written last; nothing when that was told already. */
    static void tell(UnreachableException failure, StateFolder folder, Streams streams) {
        String message = String.valueOf(failure.getMessage());
        if (message.isEmpty()) {
            return;
        }
        streams.err().println("crosvm: " + message);
        InstanceState state = folder.read();
        if (state == null) {
            return;
        }
        try (ConsoleWatch console = new ConsoleWatch(folder, state.started())) {
            List<String> lines = console.last(LAST_LINES);
            if (!lines.isEmpty()) {
                streams.err().println("The last lines of its console:");
                lines.forEach(line -> streams.err().println("  | " + line));
            }
        } catch (FailedException e) {
            return; // It ends just now, and its console's log with it.
        }
    }
}
