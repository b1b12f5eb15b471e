package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.Attachment;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm console}: this terminal on a machine's console. */
final class ConsoleCommand implements Command {
    @Override
    public String name() {
        return "console";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Attach this terminal to a machine's console: shows the latest output, then new output, and"
                                + " sends every key to the guest. Ctrl-A x detaches, and the machine keeps running; Ctrl-A"
                                + " h lists the keys, Ctrl-A Ctrl-A sends Ctrl-A. Several terminals can be attached at the same time; all see the"
                                + " same output, and all can type. Ends with the machine.",
                        "",
                        "The console is the port that the spec leads to the terminal (com1 unless it says otherwise)."
                                + " Piped input goes to the guest byte for byte; after its end, output is still shown.")
                .footer("", "Examples:", "  crosvm console web", "  crosvm console web </dev/null    show output only");
        MachineArgument.addOne(spec, 0, Kind.RUNNING);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        StateFolder folder =
                MachineArgument.requireRunning(MachineArgument.one(arguments, Kind.RUNNING, streams), streams);
        streams.out().flush();
        Attachment.End end = Attachment.run(folder.name(), folder.consoleSocket());
        if (end == Attachment.End.LEFT) {
            streams.err().println("\r\ncrosvm: " + folder.name() + ": detached; the machine is still running");
        } else if (end == Attachment.End.MACHINE_ENDED) {
            streams.err().println("\r\ncrosvm: " + folder.name() + ": its console is closed");
        }
        return ExitStatus.OK;
    }
}
