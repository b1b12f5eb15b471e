package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.report.ExitStatus;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm resume}: lets a suspended machine go on. */
final class ResumeCommand implements Command {
    @Override
    public String name() {
        return "resume";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Let the vCPUs of a suspended machine run again. Resuming a running machine does nothing.")
                .footer("", "Examples:", "  crosvm resume web");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        return MachineArgument.forEach(
                MachineArgument.several(arguments, Kind.RUNNING, streams),
                streams,
                machine -> MachineArgument.ask(machine, streams, "resume"));
    }
}
