package crosvm.runner.cli;

import crosvm.runner.instance.ControlClient;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineAddress;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.problem.SpecException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The argument that names a machine, or several, and how a running one is talked to. Where it is left out, it is the machine of
 * the current folder's {@code vm.yaml}, or without that file the only one there is.
 */
final class MachineArgument {
    /** Its label, by which completion knows it. */
    static final String LABEL = "MACHINE";

    private static final String DESCRIPTION = "A machine: its name, or the file or folder of its spec";
    private static final String WITH_SOCKET =
            "A machine: its name, the file or folder of its spec, or its control socket (with a / in it)";
    private static final String DEFAULT = ". Default: that of ./vm.yaml, or without that file the only ";
    private static final String SPEC = "vm.yaml";

    private MachineArgument() {}

    /** Which machines a command is for. */
    enum Kind {
        /** It asks them something over their control sockets. */
        RUNNING("one that is running."),
        /** It reads what they have left, too. */
        ANY("one there is.");

        private final String only;

        Kind(String only) {
            this.only = only;
        }

        private String description() {
            return (this == RUNNING ? WITH_SOCKET : DESCRIPTION) + DEFAULT + only;
        }
    }

    /** Adds the argument: one machine, at that place. */
    static void addOne(CommandSpec spec, int index, Kind kind) {
        spec.addPositional(PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("0..1")
                .paramLabel(LABEL)
                .type(String.class)
                .description(kind.description())
                .build());
    }

    /** Adds the argument: any number of machines; a folder stands for all specs in it. */
    static void addSeveral(CommandSpec spec, Kind kind) {
        spec.addPositional(several("0..*", kind.description() + " Can be given more than once."));
    }

    /** Adds the argument: any number of machines; none stands for all. */
    static void addAny(CommandSpec spec) {
        spec.addPositional(several("0..*", DESCRIPTION + ". Can be given more than once. Default: all."));
    }

    /** Adds the argument: one machine or more. */
    static void addRequired(CommandSpec spec) {
        spec.addPositional(several("1..*", DESCRIPTION + ". Can be given more than once."));
    }

    /** Adds the argument: one machine, which must be named because more words follow. */
    static void addNamed(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel(LABEL)
                .type(String.class)
                .description(DESCRIPTION + ".")
                .build());
    }

    /** Adds the argument: a command in the guest, behind the machine. */
    static void addGuestWords(CommandSpec spec, String arity, String description) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .arity(arity)
                .required(arity.startsWith("1"))
                .paramLabel("COMMAND")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(description)
                .build());
    }

    private static PositionalParamSpec several(String arity, String description) {
        return PositionalParamSpec.builder()
                .index("0..*")
                .arity(arity)
                .required(arity.startsWith("1"))
                .paramLabel(LABEL)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(description)
                .build();
    }

    /** All arguments that are not options. */
    static List<String> words(ParseResult arguments) {
        return arguments.matchedPositionals().stream()
                .flatMap(positional -> positional.originalStringValues().stream())
                .toList();
    }

    /** The machine of an argument that takes one. */
    static String one(ParseResult arguments, Kind kind, Streams streams) {
        List<String> words = words(arguments);
        if (words.isEmpty()) {
            return theOnly(arguments, kind, streams);
        }
        return one(words.get(0), streams);
    }

    /** The one machine that a word means, whether it is there or not: its name, control socket or file. */
    static String one(String word, Streams streams) {
        String file = SpecFiles.isSeveral(word, streams) ? SpecFiles.one(Path.of(word)) : word;
        List<String> machines = NamedMachines.of(List.of(file), streams).names();
        if (machines.size() > 1) {
            throw severalIn(word, machines);
        }
        return machines.get(0);
    }

    /** The state folder, which need not be there, of the one machine that a word means. */
    static StateFolder folder(String word, Streams streams) {
        return MachineNames.resolve(one(word, streams), streams.environment());
    }

    /** Which machines, by their names, an argument means where none stands for all. */
    static Predicate<String> any(ParseResult arguments, Streams streams) {
        List<String> words = words(arguments);
        if (words.isEmpty()) {
            return name -> true;
        }
        return NamedMachines.of(words, streams).names().stream()
                .map(machine ->
                        MachineNames.resolve(machine, streams.environment()).name())
                .collect(Collectors.toSet())::contains;
    }

    private static FailedException severalIn(String file, List<String> machines) {
        return new FailedException(file + ": holds several machines; name one of them: " + String.join(", ", machines));
    }

    /** The machines of an argument that takes several, each once. */
    static List<String> several(ParseResult arguments, Kind kind, Streams streams) {
        return several(arguments, words(arguments), kind, streams);
    }

    /** The same, of these words of the command line. */
    static List<String> several(ParseResult arguments, List<String> words, Kind kind, Streams streams) {
        return named(arguments, words, kind, streams).names();
    }

    /** The same with the order in which they go down. */
    static NamedMachines named(ParseResult arguments, List<String> words, Kind kind, Streams streams) {
        if (!words.isEmpty()) {
            return NamedMachines.thatHaveRun(words, streams);
        }
        boolean isHere = Files.isRegularFile(Path.of(SPEC));
        return NamedMachines.thatHaveRun(List.of(isHere ? SPEC : theOnly(arguments, kind, streams)), streams);
    }

    /** The machine that is meant when none is named. */
    static String theOnly(ParseResult arguments, Kind kind, Streams streams) {
        if (Files.isRegularFile(Path.of(SPEC))) {
            List<String> machines = NamedMachines.of(List.of(SPEC), streams).names();
            if (machines.size() > 1) {
                throw severalIn(SPEC, machines);
            }
            return machines.get(0);
        }
        List<String> running = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (InstanceState state : StateFolders.of(streams.environment()).all()) {
            (state.isAlive() ? running : candidates).add(state.launch().name());
        }
        if (running.isEmpty() && kind == Kind.ANY) {
            running = candidates;
        }
        if (running.size() == 1) {
            return running.get(0);
        }
        if (running.isEmpty()) {
            throw new FailedException("no machine is running, and the current folder has no " + SPEC
                    + ". Name a machine; crosvm ps -a lists them");
        }
        throw new ParameterException(
                arguments.commandSpec().commandLine(),
                LABEL + " is missing, and there are several: " + String.join(", ", running));
    }

    /** The state folder of a machine that runs. */
    static StateFolder requireRunning(String machine, Streams streams) {
        StateFolder folder = MachineNames.resolve(machine, streams.environment());
        InstanceState state = folder.read();
        if (state == null || !state.isAlive()) {
            throw new FailedException(MachineNames.notRunning(folder, state));
        }
        return folder;
    }

    /** What a machine is called in messages, whatever word named it: its name; of a control socket, the path. */
    static String shown(String machine, Streams streams) {
        return MachineAddress.isSocket(machine)
                ? machine
                : MachineNames.resolve(machine, streams.environment()).name();
    }

    /** Connects to a machine and talks to it; what it refuses becomes the user's error. */
    static <T> T with(String machine, Streams streams, Function<ControlClient, T> talk) {
        Path socket = MachineAddress.isSocket(machine)
                ? Path.of(machine)
                : requireRunning(machine, streams).controlSocket();
        try (ControlClient client = ControlClient.connect(shown(machine, streams), socket)) {
            return talk.apply(client);
        } catch (ControlClient.Refused | ControlClient.Ended e) {
            throw new FailedException(String.valueOf(e.getMessage()), e);
        }
    }

    /** One question without arguments. */
    static Map<String, @Nullable Object> ask(String machine, Streams streams, String command) {
        return with(machine, streams, client -> client.ask(command, Map.of()));
    }

    /** The same where each has a status; the first that is not 0 counts. */
    static ExitStatus each(List<String> machines, Streams streams, Function<String, ExitStatus> action) {
        ExitStatus first = ExitStatus.OK;
        for (String machine : machines) {
            ExitStatus status;
            try {
                status = action.apply(machine);
            } catch (FailedException | SpecException e) {
                status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
            first = first == ExitStatus.OK ? status : first;
        }
        return first;
    }

    /** Does something for each machine; one that fails does not keep the others from it. */
    static ExitStatus forEach(List<String> machines, Streams streams, Consumer<String> action) {
        return each(machines, streams, machine -> {
            action.accept(machine);
            return ExitStatus.OK;
        });
    }
}
