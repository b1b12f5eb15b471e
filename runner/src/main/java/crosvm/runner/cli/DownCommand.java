package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm down}: has machines shut down by their guests, and ends those that do not. */
final class DownCommand implements Command {
    static final String TIMEOUT = "--timeout";
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "down";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Shut machines down: press the power button, wait until the guest has shut down, and force"
                        + " the machine off if it has not in time (status 35). Several shut down at the same time. A"
                        + " machine that has ended already is not an error. A machine with a restart policy is not"
                        + " started again.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm down web",
                        "  crosvm down --timeout 2m web db",
                        "  crosvm down machines/                    all specs of a folder, as crosvm up -d machines/");
        addTimeout(spec);
        MachineNameArgument.addSeveral(spec);
    }

    static void addTimeout(CommandSpec spec) {
        TimeOption.addTo(spec, TIMEOUT, "30s", "How long the guest may take to shut down; 0 forces it off at once.");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        Duration timeout = TimeOption.of(arguments, TIMEOUT);
        ExitStatus status = ExitStatus.OK;
        Map<StateFolder, MachineDown> going = new LinkedHashMap<>();
        for (String word : words(arguments)) {
            try {
                StateFolder folder = MachineNames.resolve(word, streams.environment());
                InstanceState state = folder.read();
                if (state == null || !state.phaseNow().isAlive()) {
                    if (state == null && !Files.exists(Path.of(word))) { // Neither a machine nor the spec of one.
                        throw new FailedException(MachineNames.notThere(folder.name()));
                    }
                    streams.err().println("crosvm: " + folder.name() + ": is not running");
                } else {
                    going.put(folder, MachineDown.begin(folder, timeout));
                }
            } catch (FailedException e) {
                status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
        }
        for (Map.Entry<StateFolder, MachineDown> one : going.entrySet()) {
            try {
                ExitStatus end = await(one.getKey().name(), one.getValue(), streams);
                status = status == ExitStatus.OK ? end : status;
            } catch (FailedException e) {
                status = new ErrorReport(streams.err(), streams.debug()).tell(e);
            }
        }
        return status;
    }

    /** The machines; of a folder those of all specs in it, as {@code up DIR} takes them. */
    private static List<String> words(ParseResult arguments) {
        List<String> words = new ArrayList<>();
        for (String word : MachineNameArgument.all(arguments)) {
            if (Files.isDirectory(Path.of(word)) && !Files.isRegularFile(Path.of(word, "vm.yaml"))) {
                SpecFiles.machines(Path.of(word)).all().forEach(file -> words.add(file.toString()));
            } else {
                words.add(word);
            }
        }
        return words;
    }

    /** Waits until a machine is down, and says so when it had to be forced off. */
    static ExitStatus await(String name, MachineDown down, Streams streams) {
        MachineEnd end = Progress.during(
                streams.err(), streams.showsProgress(), name + ": shutting down", progress -> down.await());
        if (end == null || !end.isForced()) {
            return ExitStatus.OK;
        }
        streams.err().println("crosvm: " + name + ": " + end.cause());
        return ExitStatus.FORCED_OFF;
    }
}
