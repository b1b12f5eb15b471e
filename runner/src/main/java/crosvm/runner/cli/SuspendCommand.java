package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.report.ExitStatus;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm suspend}: stops a machine's vCPUs. */
final class SuspendCommand implements Command {
    @Override
    public String name() {
        return "suspend";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Stop all vCPUs of a running machine; return when none runs guest code any more. Its memory"
                                + " stays in place, its clocks stand still, and pending requests to its devices complete."
                                + " After crosvm resume its time of day is behind by the time it was suspended, until"
                                + " something in the guest (NTP) corrects it. Suspending a suspended machine does nothing.")
                .footer("", "Examples:", "  crosvm suspend web");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        return MachineArgument.forEach(
                MachineArgument.several(arguments, Kind.RUNNING, streams),
                streams,
                machine -> MachineArgument.ask(machine, streams, "suspend"));
    }
}
