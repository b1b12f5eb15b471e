package crosvm.runner.cli;

import crosvm.runner.instance.ControlClient;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm stop}: ends a machine in an orderly way for the host; the guest is not told. */
final class StopCommand implements Command {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "stop";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Ends a running machine at once. The guest is not told, as if its power failed: what it has not"
                                + " written yet is lost. crosvm itself ends in an orderly way and leaves nothing behind."
                                + " Returns when the machine has ended.")
                .footer("", "Examples:", "  crosvm stop web", "  crosvm stop /run/crosvm.sock");
        MachineArgument.addAll(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        return MachineArgument.each(MachineArgument.of(arguments), streams, machine -> {
            if (!MachineDown.endBetweenRuns(machine, streams.environment())) {
                MachineArgument.with(machine, streams, client -> stop(client, machine));
            }
        });
    }

    private static ExitStatus stop(ControlClient client, String machine) {
        try {
            client.ask("stop", Map.of());
        } catch (ControlClient.Ended e) {
            return ExitStatus.OK; // That is what was wanted.
        }
        if (!client.awaitEnd(PATIENCE)) {
            throw new FailedException(machine + ": has not ended within " + PATIENCE.toSeconds()
                    + " s, though it was told to; its own messages say why");
        }
        return ExitStatus.OK;
    }
}
