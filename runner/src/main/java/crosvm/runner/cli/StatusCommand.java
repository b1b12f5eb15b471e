package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.StatusText;
import crosvm.schema.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm status}: what a running machine is and how it fares. */
final class StatusCommand implements Command {
    @Override
    public String name() {
        return "status";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show the state of running machines: process, vCPUs, memory, disks.")
                .footer("", "Examples:", "  crosvm status web", "  crosvm status web --format json");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
        FormatOption.addDescribed(spec, "text, or json: an object a machine. Default: text.", "text", "json");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean json = FormatOption.isJson(arguments);
        List<String> machines = MachineArgument.several(arguments, Kind.RUNNING, streams);
        return MachineArgument.forEach(machines, streams, machine -> {
            Map<String, @Nullable Object> status = MachineArgument.ask(machine, streams, "status");
            if (!json && !machine.equals(machines.get(0))) {
                streams.out().println();
            }
            streams.out().print(json ? Json.pretty(status) : StatusText.of(status));
        });
    }
}
