package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.Durations;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.Progress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm down}: has machines shut down by their guests, and ends those that do not. */
final class DownCommand implements Command {
    static final String TIMEOUT = "--timeout";

    @Override
    public String name() {
        return "down";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Presses the machine's power button, waits until the guest has shut down, and ends the machine"
                                + " when it has not in time. Several go down at the same time. One that does not run is"
                                + " no mistake. A machine that would be started again (restart:) is not.")
                .footer("", "Examples:", "  crosvm down web", "  crosvm down --timeout 2m web db");
        addTimeout(spec);
        MachineNameArgument.addSeveral(spec);
    }

    static void addTimeout(CommandSpec spec) {
        TimeOption.addTo(spec, TIMEOUT, "30s", "How long the guest may take to shut down; 0 ends it at once.");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        Duration timeout = TimeOption.of(arguments, TIMEOUT);
        ExitStatus status = ExitStatus.OK;
        Map<StateFolder, MachineDown> going = new LinkedHashMap<>();
        for (String word : MachineNameArgument.all(arguments)) {
            try {
                StateFolder folder = MachineNames.resolve(word, streams.environment());
                InstanceState state = folder.read();
                if (state == null || !state.phaseNow().isAlive()) {
                    streams.err().println("crosvm: " + folder.name() + ": does not run");
                } else {
                    going.put(folder, MachineDown.begin(folder, timeout));
                }
            } catch (FailedException e) {
                status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
        }
        for (Map.Entry<StateFolder, MachineDown> one : going.entrySet()) {
            try {
                await(one.getKey().name(), one.getValue(), timeout, streams);
            } catch (FailedException e) {
                status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
        }
        return status;
    }

    /** Waits until a machine is down, and says so when it had to be ended. */
    static void await(String name, MachineDown down, Duration timeout, Streams streams) {
        MachineEnd end = Progress.during(
                streams.err(), streams.showsProgress(), name + ": shutting down", progress -> down.await());
        if (end != null && end.isForced() && down.isGuestAsked() && !timeout.isZero()) {
            streams.err()
                    .println("crosvm: " + name + ": the guest did not shut down within " + Durations.text(timeout)
                            + "; it was ended without that");
        }
    }
}
