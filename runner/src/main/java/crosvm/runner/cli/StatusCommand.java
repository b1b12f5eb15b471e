package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineAddress;
import crosvm.runner.instance.MachineNames;
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
    private static final String REGISTERS = "--registers";

    @Override
    public String name() {
        return "status";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show the state of running machines: process, vCPUs, memory, disks.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm status web",
                        "  crosvm status web --format json",
                        "  crosvm status web --registers");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
        spec.addOption(OptionSpec.builder(REGISTERS)
                .description("Show where vCPUs and interrupt controllers stand, as JSON; stops the vCPUs for a moment.")
                .build());
        FormatOption.addDescribed(spec, "text, or json: an object a machine. Default: text.", "text", "json");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean registers = arguments.hasMatchedOption(REGISTERS);
        boolean json = registers || FormatOption.isJson(arguments);
        List<String> machines = MachineArgument.several(arguments, Kind.RUNNING, streams);
        return MachineArgument.forEach(machines, streams, machine -> {
            Map<String, @Nullable Object> status =
                    MachineArgument.ask(machine, streams, registers ? "registers" : "status");
            if (!registers && !MachineAddress.isSocket(machine)) {
                InstanceState state =
                        MachineNames.resolve(machine, streams.environment()).read();
                if (state != null && state.readiness() != null) {
                    status.put("readiness", state.readiness().toMap());
                }
            }
            if (!json && !machine.equals(machines.get(0))) {
                streams.out().println();
            }
            streams.out().print(json ? Json.pretty(status) : StatusText.of(status));
        });
    }
}
