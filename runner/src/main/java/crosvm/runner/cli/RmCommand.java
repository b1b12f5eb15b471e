package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LeftState;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm rm}: removes what machines that have ended have left. */
final class RmCommand implements Command {
    @Override
    public String name() {
        return "rm";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Remove log and status of machines that have ended: what they have left in the state folder. A"
                                + " running machine is refused. Specs and disks are never touched.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm rm job",
                        "  crosvm down --rm job    ends it first",
                        "  crosvm prune            removes that of all machines that have ended");
        FormatOption.addDescribed(
                spec, "text, or json: an object a machine, a line each. Default: text.", "text", "json");
        MachineArgument.addRequired(spec);
    }

    @Override
    public boolean isFor(InstanceState machine) {
        return !machine.isAlive();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean json = FormatOption.isJson(arguments);
        return MachineArgument.forEach(MachineArgument.several(arguments, Kind.ANY, streams), streams, machine -> {
            StateFolder folder = MachineNames.resolve(machine, streams.environment());
            if (!LeftState.of(folder).remove()) {
                throw new FailedException(MachineNames.notRunning(folder, null));
            }
            tell(folder.name(), json, streams);
        });
    }

    static void tell(String name, boolean json, Streams streams) {
        streams.out().println(json ? Json.compact(Map.of("name", name, "removed", true)) : name + ": removed");
    }
}
