package crosvm.runner.cli;

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
                        "Stops all vCPUs of a running machine; returns when none is in the guest any more. Its memory stays"
                                + " where it is, its clocks stand still, and what it has asked of its devices gets done. After"
                                + " crosvm resume its time of day is behind by as long as it was suspended, until something in"
                                + " it (NTP) sets it. Suspending a suspended machine does nothing.")
                .footer("", "Examples:", "  crosvm suspend web");
        MachineArgument.addAll(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        return MachineArgument.each(
                MachineArgument.of(arguments), streams, machine -> MachineArgument.ask(machine, streams, "suspend"));
    }
}
