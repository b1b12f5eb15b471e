package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineNames;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The argument MACHINE of the commands that work on what is in the state folder. */
final class MachineNameArgument {
    private static final String DESCRIPTION = "A machine: its name, or the file of its spec.";
    private static final String DEFAULT = "vm.yaml";

    private MachineNameArgument() {}

    static void addOne(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("MACHINE")
                .type(String.class)
                .description(DESCRIPTION + " Default: vm.yaml.")
                .build());
    }

    static void addSeveral(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel("MACHINE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(DESCRIPTION + " Default: vm.yaml.")
                .build());
    }

    static List<String> all(ParseResult arguments) {
        List<String> words = arguments.matchedPositionals().stream()
                .flatMap(positional -> positional.originalStringValues().stream())
                .toList();
        return words.isEmpty() ? List.of(DEFAULT) : words;
    }

    static String one(ParseResult arguments) {
        return all(arguments).get(0);
    }

    static InstanceState state(ParseResult arguments, Streams streams) {
        return MachineNames.require(one(arguments), streams.environment());
    }
}
