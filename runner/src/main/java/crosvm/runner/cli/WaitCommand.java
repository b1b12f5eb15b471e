package crosvm.runner.cli;

import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm wait}: until a machine has ended. */
final class WaitCommand implements Command {
    @Override
    public String name() {
        return "wait";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Wait until a machine has ended for good, restarts included, and exit with its exit status: 0"
                                + " after power-off or stop, 32 reset, 33 crash, 34 panic, 1 when crosvm failed or was"
                                + " killed. A background machine that has already ended gives its status at once.")
                .footer("", "Example:", "  crosvm up -d job.yaml && crosvm wait job");
        MachineNameArgument.addOne(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        StateFolder folder = MachineNames.resolve(MachineNameArgument.one(arguments), streams.environment());
        MachineEnd end = MachineEnd.await(folder, null);
        if (end == null) {
            throw new FailedException(MachineNames.notThere(folder.name()));
        }
        if (end.status() != 0 && !end.cause().isEmpty()) {
            streams.err().println("crosvm: " + folder.name() + ": " + end.cause());
        }
        return ExitStatus.of(end.status());
    }
}
