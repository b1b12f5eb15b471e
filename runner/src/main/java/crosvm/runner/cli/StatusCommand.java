package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.StatusText;
import crosvm.schema.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm status}: what a running machine is and how it fares. */
final class StatusCommand implements Command {
    private static final String FORMAT = "--format";
    private static final List<String> FORMATS = List.of("text", "json");

    @Override
    public String name() {
        return "status";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show the state of a running machine: process, vCPUs, memory, disks.")
                .footer("", "Examples:", "  crosvm status web", "  crosvm status web --format json");
        MachineArgument.addOne(spec);
        spec.addOption(OptionSpec.builder(FORMAT)
                .paramLabel(String.join("|", FORMATS))
                .type(String.class)
                .defaultValue("text")
                .completionCandidates(FORMATS)
                .description("text or json. Default: text.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean json = ChoiceOption.of(arguments, FORMAT, FORMATS).equals("json");
        Map<String, @Nullable Object> status =
                MachineArgument.ask(MachineArgument.of(arguments).get(0), streams, "status");
        streams.out().print(json ? Json.pretty(status) : StatusText.of(status));
        return ExitStatus.OK;
    }
}
