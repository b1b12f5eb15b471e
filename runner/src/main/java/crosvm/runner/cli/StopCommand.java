package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.ControlClient;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineAddress;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm stop}: ends a machine in an orderly way for the host; the guest is not told. */
final class StopCommand implements Command {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "stop";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("End a machine at once. The guest is not told, as if its power failed: what it has not"
                        + " written yet is lost. crosvm itself ends in an orderly way and leaves nothing behind."
                        + " Returns when the machine has ended. A machine that has ended already is not an error.")
                .footer("", "Examples:", "  crosvm stop web", "  crosvm stop /run/crosvm.sock");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        ExitStatus status = ExitStatus.OK;
        NamedMachines machines =
                MachineArgument.named(arguments, MachineArgument.words(arguments), Kind.RUNNING, streams);
        for (List<String> wave : machines.waves()) {
            ExitStatus ofWave = stop(machines, wave, streams);
            status = status == ExitStatus.OK ? ofWave : status;
        }
        return status;
    }

    /** At the same time. */
    private static ExitStatus stop(NamedMachines named, List<String> machines, Streams streams) {
        FanOut requests = new FanOut();
        Map<String, Supplier<Boolean>> going = new HashMap<>();
        ExitStatus asked = MachineArgument.forEach(machines, streams, machine -> {
            Supplier<Boolean> end = stop(machine, named, requests, streams);
            if (end != null) {
                going.put(machine, end);
            }
        });
        ExitStatus ended = MachineArgument.forEach(machines, streams, machine -> {
            if (!going.getOrDefault(machine, () -> true).get()) {
                throw notEnded(machine);
            }
        });
        return asked == ExitStatus.OK ? ended : asked;
    }

    /** What waits for its end; null when that is there. */
    private static @Nullable Supplier<Boolean> stop(
            String machine, NamedMachines named, FanOut requests, Streams streams) {
        if (MachineAddress.isSocket(machine)) {
            MachineArgument.with(machine, streams, client -> stop(client, machine));
            return null;
        }
        StateFolder folder = MachineNames.resolve(machine, streams.environment());
        InstanceState state = folder.read();
        if (state == null || !state.isAlive()) {
            DownCommand.tellNotRunning(machine, named, folder, state, streams);
            return null;
        }
        return requests.start(() -> MachineDown.stop(folder, TIMEOUT));
    }

    private static ExitStatus stop(ControlClient client, String machine) {
        try {
            client.ask("stop", Map.of());
        } catch (ControlClient.Ended e) {
            return ExitStatus.OK; // That is what was wanted.
        }
        if (!client.awaitEnd(TIMEOUT)) {
            throw notEnded(machine);
        }
        return ExitStatus.OK;
    }

    private static FailedException notEnded(String machine) {
        return new FailedException(
                machine + ": has not ended within " + TIMEOUT.toSeconds() + " s; its own messages say why");
    }
}
