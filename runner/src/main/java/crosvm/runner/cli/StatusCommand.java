package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineAddress;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.Phase;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.readiness.Readiness;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
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
    private static final String READY = "--ready";

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
                        "  crosvm status web --registers",
                        "  crosvm status --ready web                   for a probe");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
        spec.addOption(OptionSpec.builder(REGISTERS)
                .description("Show where vCPUs and interrupt controllers stand, as JSON; stops the vCPUs for a moment.")
                .build());
        spec.addOption(OptionSpec.builder(READY)
                .description(
                        "Show nothing: the exit status is 0 when the machines are ready, as their specs say (ready:), or run"
                                + " where those say nothing of it; else 1.")
                .build());
        FormatOption.addDescribed(spec, "text, or json: an object a machine. Default: text.", "text", "json");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean registers = arguments.hasMatchedOption(REGISTERS);
        boolean json = registers || FormatOption.isJson(arguments);
        List<String> machines = MachineArgument.several(arguments, Kind.RUNNING, streams);
        if (arguments.hasMatchedOption(READY)) {
            return MachineArgument.forEach(machines, streams, machine -> requireReady(machine, streams));
        }
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

    private static void requireReady(String machine, Streams streams) {
        StateFolder folder = MachineArgument.requireRunning(machine, streams);
        InstanceState state = folder.read();
        if (state == null || state.phaseNow() != Phase.RUNNING) {
            throw new FailedException(folder.name() + ": is not running");
        }
        Readiness readiness = state.readiness();
        boolean says = state.launch().fields().keySet().stream().anyMatch(field -> field.startsWith("ready."));
        if (readiness == null ? says : readiness.state() != Readiness.State.READY) {
            String detail = readiness == null ? "" : readiness.detail();
            throw new FailedException(folder.name() + ": is not ready" + (detail.isEmpty() ? "" : ": " + detail));
        }
    }
}
