package crosvm.runner.cli;

import crosvm.runner.instance.ControlClient;
import crosvm.runner.instance.MachineAddress;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The argument that names a running machine, or several, and how they are talked to. */
final class MachineArgument {
    private static final String DESCRIPTION = "its name, the file of its spec, or its control socket (with a / in it).";

    private MachineArgument() {}

    /** Adds the argument: one machine. */
    static void addOne(CommandSpec spec) {
        addOne(spec, 0);
    }

    /** Adds the argument: one machine, at that place. */
    static void addOne(CommandSpec spec, int index) {
        spec.addPositional(PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .required(true)
                .paramLabel("MACHINE")
                .type(String.class)
                .description("A running machine: " + DESCRIPTION)
                .build());
    }

    /** Adds the argument: one machine or more. */
    static void addAll(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("1..*")
                .required(true)
                .paramLabel("MACHINE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("A running machine: " + DESCRIPTION + " Can be given more than once.")
                .build());
    }

    /** All arguments that are not options. */
    static List<String> of(ParseResult arguments) {
        return arguments.matchedPositionals().stream()
                .flatMap(positional -> positional.originalStringValues().stream())
                .toList();
    }

    /** Connects to a machine and talks to it; what it refuses becomes the user's error. */
    static <T> T with(String machine, Streams streams, Function<ControlClient, T> talk) {
        try (ControlClient client =
                ControlClient.connect(machine, MachineAddress.socket(machine, streams.environment()))) {
            return talk.apply(client);
        } catch (ControlClient.Refused | ControlClient.Ended e) {
            throw new FailedException(String.valueOf(e.getMessage()), e);
        }
    }

    /** One question without arguments. */
    static Map<String, @Nullable Object> ask(String machine, Streams streams, String command) {
        return with(machine, streams, client -> client.ask(command, Map.of()));
    }

    /** Does something for each machine; one that fails does not keep the others from it. */
    static ExitStatus each(List<String> machines, Streams streams, Consumer<String> action) {
        ExitStatus status = ExitStatus.OK;
        for (String machine : machines) {
            try {
                action.accept(machine);
            } catch (FailedException e) {
                status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
        }
        return status;
    }
}
