package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LeftState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ErrorReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.Progress;
import crosvm.schema.json.Json;
import crosvm.schema.problem.SpecException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm down}: has machines shut down by their guests, and ends those that do not. */
final class DownCommand implements Command {
    static final String TIMEOUT = "--timeout";
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    private static final String REMOVE = "--rm";

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
                        + " started again. Those of a file of several go down before what they depend on.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm down web",
                        "  crosvm down --timeout 2m web db",
                        "  crosvm down --rm job                     and removes its log and status",
                        "  crosvm down machines/                    all specs of a folder, as crosvm up -d machines/");
        addTimeout(spec);
        spec.addOption(OptionSpec.builder(REMOVE)
                .description("Remove what the machine has left, too: log and status; as crosvm rm.")
                .build());
        FormatOption.addDescribed(
                spec, "text, or json: an object a machine, a line each. Default: text.", "text", "json");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
    }

    static void addTimeout(CommandSpec spec) {
        TimeOption.addTo(spec, TIMEOUT, "30s", "How long the guest may take to shut down; 0 forces it off at once.");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        Duration timeout = TimeOption.of(arguments, TIMEOUT);
        boolean json = FormatOption.isJson(arguments);
        boolean remove = arguments.hasMatchedOption(REMOVE);
        ExitStatus status = ExitStatus.OK;
        NamedMachines machines =
                MachineArgument.named(arguments, MachineArgument.words(arguments), Kind.RUNNING, streams);
        for (List<String> wave : machines.waves()) {
            status = first(status, down(machines, wave, timeout, json, remove, streams));
        }
        return status;
    }

    private static ExitStatus down(
            NamedMachines named,
            List<String> machines,
            Duration timeout,
            boolean json,
            boolean remove,
            Streams streams) {
        ExitStatus status = ExitStatus.OK;
        // All are asked at the same time; null where there is nothing to wait for.
        FanOut requests = new FanOut();
        Map<StateFolder, @Nullable Supplier<MachineDown>> going = new LinkedHashMap<>();
        for (String machine : machines) {
            try {
                StateFolder folder = MachineNames.resolve(machine, streams.environment());
                InstanceState state = folder.read();
                if (state == null || !state.isAlive()) {
                    tellNotRunning(machine, named, folder, state, streams);
                    going.put(folder, null);
                } else {
                    going.put(folder, requests.start(() -> MachineDown.begin(folder, timeout)));
                }
            } catch (FailedException | SpecException e) {
                status = first(status, new ErrorReport(streams.err(), streams.debug()).tell(e));
            }
        }
        for (Map.Entry<StateFolder, @Nullable Supplier<MachineDown>> one : going.entrySet()) {
            Supplier<MachineDown> request = one.getValue();
            try {
                MachineDown down = request == null ? null : request.get();
                status = first(status, finish(one.getKey(), down, json, remove, streams));
            } catch (FailedException e) {
                status = first(status, new ErrorReport(streams.err(), streams.debug()).tell(e));
            }
        }
        return status;
    }

    private static ExitStatus first(ExitStatus before, ExitStatus next) {
        return before == ExitStatus.OK ? next : before;
    }

    private static ExitStatus finish(
            StateFolder folder, @Nullable MachineDown down, boolean json, boolean remove, Streams streams) {
        String name = folder.name();
        MachineEnd end = down == null ? MachineEnd.of(folder) : awaitEnd(name, down, streams);
        boolean removed = remove && LeftState.of(folder).remove();
        if (json) {
            Map<String, @Nullable Object> facts = new LinkedHashMap<>();
            facts.put("name", name);
            facts.put("wasRunning", down != null);
            facts.put("status", end == null || end.equals(MachineEnd.UNHEARD) ? null : end.status());
            facts.put("cause", end == null ? null : end.cause());
            facts.put("removed", removed);
            streams.out().println(Json.compact(facts));
        } else if (down != null && end != null && !end.isForced()) {
            streams.out().println(name + ": " + end.cause());
        }
        return down == null ? ExitStatus.OK : tellForced(name, end, streams);
    }

    /**
     * Tells of a machine that is down already, which is what was wanted.
     *
     * @throws FailedException when it is unknown: it may be another one that is meant
     */
    static void tellNotRunning(
            String word, NamedMachines named, StateFolder folder, @Nullable InstanceState state, Streams streams) {
        String text = MachineNames.notRunning(folder, state);
        boolean isSpec = Files.exists(Path.of(word)) || named.isOfWholeFile(word);
        if (state == null && !isSpec) { // Neither a machine nor the spec of one.
            throw new FailedException(text);
        }
        streams.err().println("crosvm: " + text);
    }

    /** Waits until a machine is down, and says so when it had to be forced off. */
    static ExitStatus await(String name, MachineDown down, Streams streams) {
        return tellForced(name, awaitEnd(name, down, streams), streams);
    }

    private static @Nullable MachineEnd awaitEnd(String name, MachineDown down, Streams streams) {
        return Progress.during(
                streams.err(), streams.showsProgress(), name + ": shutting down", progress -> down.await());
    }

    private static ExitStatus tellForced(String name, @Nullable MachineEnd end, Streams streams) {
        if (end == null || !end.isForced()) {
            return ExitStatus.OK;
        }
        streams.err().println("crosvm: " + name + ": " + end.cause());
        return ExitStatus.FORCED_OFF;
    }
}
