package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.schema.problem.DidYouMean;
import java.util.ArrayList;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm help}: what {@code --help} shows, of crosvm or one of its commands. */
final class HelpCommand implements Command {
    @Override
    public String name() {
        return "help";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show the help of crosvm or of one of its commands, as --help does.")
                .footer("", "Examples:", "  crosvm help", "  crosvm help up");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("COMMAND")
                .type(String.class)
                .completionCandidates(CommandList.names())
                .description("The command. Default: crosvm itself.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        CommandLine all = Crosvm.commandLine();
        if (!arguments.hasMatchedPositional(0)) {
            all.usage(streams.out());
            return ExitStatus.OK;
        }
        String name = arguments.matchedPositional(0).originalStringValues().get(0);
        CommandLine command = all.getSubcommands().get(name);
        if (command == null) {
            String near = DidYouMean.nearest(
                    name, new ArrayList<>(all.getSubcommands().keySet()));
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "unknown command: " + name + (near.isEmpty() ? "" : ". Did you mean " + near + "?"));
        }
        command.usage(streams.out());
        return ExitStatus.OK;
    }
}
