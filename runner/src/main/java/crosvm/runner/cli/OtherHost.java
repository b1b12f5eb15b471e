package crosvm.runner.cli;

import crosvm.runner.remote.CarriedFiles;
import crosvm.runner.remote.Delivery;
import crosvm.runner.report.FailedException;
import crosvm.runner.ssh.HostAddress;
import crosvm.runner.ssh.HostSession;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.linux.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Commands on the host that {@code CROSVM_HOST} or {@code --host} names, by ssh to the crosvm there. Specs are read and checked here,
 * then carried over with the files that they name. Used by one thread.
 */
final class OtherHost {
    static final String VARIABLE = "CROSVM_HOST";
    static final String OPTION = "--host";
    static final String OPTION_SHORT = "-H";

    private static final String DEFAULT = "vm.yaml";
    private static final int STANDARD_INPUT = 0;

    private final HostAddress address;
    private final Streams streams;

    private OtherHost(HostAddress address, Streams streams) {
        this.address = address;
        this.streams = streams;
    }

    /** How a command gets to another host. */
    enum Way {
        /** It is about this computer, or about files alone. */
        HERE,
        /** With the specs that its words mean. */
        DELIVERED,
        /** At once, with this process's standard input: it is about one machine. */
        DIRECT,
        /** Not at all. */
        NONE
    }

    /** The way of a command. */
    static Way way(String command) {
        return switch (command) {
            case "up", "down", "stop", "restart", "wait", "rm", "prune", "ps", "logs", "status", "stats", "events" ->
                Way.DELIVERED;
            case "suspend", "resume", "powerbtn", "balloon", "disk", "doctor", "pull", "images" -> Way.DELIVERED;
            case "console", "exec", "ssh" -> Way.DIRECT;
            case "run", "cp", "ssh-config", "vsock", "metrics", "serve" -> Way.NONE;
            case "init", "lint", "config", "graph", "schema", "export", "convert" -> Way.HERE;
            case "device", "completion", "help", "version", Delivery.COMMAND -> Way.HERE;
            default -> throw new IllegalArgumentException(command);
        };
    }

    /** The host where a command is to be run; null for this one. */
    static @Nullable OtherHost of(Command command, Streams streams) {
        String host = streams.environment().getOrDefault(VARIABLE, "");
        return host.isEmpty() || way(command.name()) == Way.HERE
                ? null
                : new OtherHost(HostAddress.parse(host, VARIABLE), streams);
    }

    /**
     * Runs the command there.
     *
     * @param words the command line behind {@code crosvm}
     * @return its status
     */
    int run(Command command, List<String> words, ParseResult arguments) {
        return switch (way(command.name())) {
            case DELIVERED -> deliver(command, words, arguments);
            case DIRECT -> direct(command, arguments);
            default -> throw refused(command.name());
        };
    }

    private FailedException refused(String command) {
        return new FailedException(
                command + ": cannot be done on another host (" + VARIABLE + "=" + address.text() + "). "
                        + switch (command) {
                            case "cp" -> "Copy through a command: tar -c FILE | crosvm exec MACHINE -- tar -xC FOLDER";
                            case "run" -> "Start the machine with crosvm up -d, then: crosvm exec";
                            default -> "Log in there, and run it";
                        });
    }

    private int direct(Command command, ParseResult arguments) {
        List<String> given = MachineArgument.words(arguments);
        List<String> words = new ArrayList<>(List.of(command.name()));
        boolean terminal = given.size() <= 1 && !command.name().equals("exec") && isTerminal();
        for (OptionSpec option : arguments.matchedOptions()) {
            boolean isSwitch = option.arity().max() == 0;
            terminal |= option.longestName().equals("--tty");
            words.add(option.longestName()
                    + (isSwitch ? "" : "=" + option.originalStringValues().get(0)));
        }
        boolean isDefault = given.isEmpty() && Files.isRegularFile(Path.of(DEFAULT));
        if (!given.isEmpty() || isDefault) {
            String machine = isDefault ? DEFAULT : given.get(0);
            words.add(MachineArgument.folder(machine, withoutMachines()).name());
        }
        if (given.size() > 1) {
            words.add("--");
            words.addAll(given.subList(1, given.size()));
        }
        int withoutProgram = command.whenItFails().code();
        try (HostSession session =
                HostSession.start(address, terminal, Version.number(), withoutProgram, words, false)) {
            return session.await();
        }
    }

    private static boolean isTerminal() {
        try (Terminal terminal = Terminal.of(STANDARD_INPUT)) {
            return terminal.isTerminal();
        }
    }

    /** The same environment, and none of the machines that run here; warnings are for that host to give. */
    private Streams withoutMachines() {
        Map<String, String> environment = new HashMap<>(streams.environment());
        environment.put("XDG_RUNTIME_DIR", "/nonexistent");
        PrintStream nothing = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Streams(streams.in(), streams.out(), nothing, environment);
    }

    private int deliver(Command command, List<String> words, ParseResult arguments) {
        CarriedFiles files = new CarriedFiles(streams.environment());
        List<String> given = MachineArgument.words(arguments);
        if (given.contains("-")) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "standard input has no place on another host; write the spec to a file");
        }
        if (command instanceof UpCommand up) {
            addMachines(up, arguments, files);
        }
        addSpecs(given, files);
        String envFile = arguments.commandSpec().findOption(SpecSource.ENV_FILE) == null
                ? null
                : arguments.matchedOptionValue(SpecSource.ENV_FILE, (String) null);
        if (envFile != null) {
            files.addText(Path.of(envFile));
        }
        files.notes().forEach(note -> streams.err().println("crosvm: " + address.text() + ": " + note));
        return new Delivery(address, Version.number(), streams.err())
                .carryOut(files.order(origin(), relative(words)), streams.out());
    }

    private void addMachines(UpCommand up, ParseResult arguments, CarriedFiles files) {
        if (!arguments.hasMatchedOption(UpCommand.DETACH) && !arguments.hasMatchedOption(UpCommand.CHECK)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "on another host machines run in the background: add " + UpCommand.DETACH
                            + ", then crosvm console");
        }
        Streams quiet = withoutMachines();
        for (LoadedGroup group : up.loadTogether(SpecSource.groups(arguments, quiet), arguments, quiet)) {
            group.toStart(UpCommand.profiles(arguments, quiet), arguments.hasMatchedOption(UpCommand.NO_DEPS))
                    .forEach(machine -> files.addMachine(LoadedGroup.spec(machine)));
        }
    }

    /** The files of the specs that words mean, of the current folder's, too: a word can be a name in it. */
    private void addSpecs(List<String> words, CarriedFiles files) {
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        List<String> all = new ArrayList<>(words);
        all.add(DEFAULT);
        for (String word : all) {
            Path path = Path.of(word);
            List<Path> found = List.of();
            if (Files.isDirectory(path)) {
                found = SpecFiles.machines(path).found();
            } else if (Files.isRegularFile(path) && word.matches(".*\\.ya?ml")) {
                found = List.of(path);
            }
            for (Path spec : found) {
                files.addText(spec);
                files.addText(spec.resolveSibling(".env"));
                LoadedSpec loaded = loader.loadAll(List.of(spec), SpecOverrides.none());
                loaded.included().forEach(files::addText);
            }
        }
    }

    /** Absolute paths of files as relative ones, which lead to the same files there. */
    private static List<String> relative(List<String> words) {
        Path here = Path.of("").toAbsolutePath();
        List<String> relative = new ArrayList<>();
        for (String word : words) {
            String option = SpecSource.ENV_FILE + "=";
            String start = word.startsWith(option) ? option : "";
            String path = word.substring(start.length());
            relative.add(
                    path.startsWith("/") && Files.exists(Path.of(path))
                            ? start + here.relativize(Path.of(path).normalize())
                            : word);
        }
        return relative;
    }

    /** Who sends: what comes from another folder or computer is not mixed with it. */
    private String origin() {
        String host;
        try {
            host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            host = "unknown";
        }
        String text = System.getProperty("user.name", "user") + "@" + host;
        return text.replaceAll("[^A-Za-z0-9@._-]", "_").replaceFirst("^[^A-Za-z0-9_]", "_");
    }
}
