package crosvm.runner.cli;

import com.google.re2j.Pattern;
import crosvm.runner.instance.BackgroundProcess;
import crosvm.runner.instance.ConsoleWatch;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.Launcher;
import crosvm.runner.instance.Lingering;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.ReadyWait;
import crosvm.runner.instance.SecretVariables;
import crosvm.runner.instance.StartCheck;
import crosvm.runner.instance.StartOrigin;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.Progress;
import crosvm.schema.json.Json;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Machines on their way into the background: all are started first, then each is waited for. Used by one thread. */
final class BackgroundStart {
    private static final int LAST_LINES = 10;

    private final Streams streams;
    private final SpecImages images;
    private final StateFolders folders;
    private final @Nullable Pattern pattern;
    private final boolean ready;
    private final Duration timeout;
    private final boolean json;
    private final Instant begin = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final List<Start> starts = new ArrayList<>();
    private boolean quiet;
    private final Map<String, ExitStatus> statuses = new LinkedHashMap<>();

    /** @param launcher null when the machine was there before */
    private record Start(
            InstanceState.Launch launch, @Nullable Launcher launcher) {}

    /**
     * @param pattern what is waited for on each console; null when a machine that runs is enough
     * @param ready whether it is waited for until the guest is ready, as its spec says
     * @param timeout for that
     * @param json whether standard output gets an object a machine
     */
    BackgroundStart(Streams streams, @Nullable Pattern pattern, boolean ready, Duration timeout, boolean json) {
        this.streams = streams;
        this.images = new SpecImages(streams);
        this.folders = StateFolders.of(streams.environment());
        this.pattern = pattern;
        this.ready = ready;
        this.timeout = timeout;
        this.json = json;
    }

    /**
     * Starts one, unless it is there already.
     *
     * @param recreate whether one that runs with another spec makes way, once it is certain that this one can be started
     */
    void start(VmSpec spec, StartOrigin from, boolean recreate) {
        if (ready && spec.ready() == null) {
            throw new FailedException(
                    spec.name() + ": --wait has no pattern, and the spec does not say what makes the machine"
                            + " ready; add one, such as --wait=login:, or say it there: ready: {systemd: true}");
        }
        SecretVariables.hide(spec, streams.environment());
        InstanceState.Launch launch =
                BackgroundProcess.launch(spec, from, Path.of("").toAbsolutePath(), true);
        InstanceState there = folders.of(spec.name()).read();
        boolean isThere = there != null && there.phaseNow().isAlive();
        if (there != null && isThere && recreate && !there.launch().isOfSameSpec(launch)) {
            StateFolder folder = folders.of(spec.name());
            images.pull(spec);
            StartCheck.require(spec, folder, streams.environment());
            DownCommand.await(spec.name(), MachineDown.begin(folder, DownCommand.DEFAULT_TIMEOUT), streams);
            isThere = false;
        }
        if (!isThere) {
            images.pull(spec);
        }
        starts.add(new Start(
                launch, isThere ? null : Launcher.start(BackgroundMain.class, spec, from, streams.environment())));
    }

    /** The same for machines whose consoles are shown: nothing is said of those that start as they should. */
    BackgroundStart quietly() {
        quiet = true;
        return this;
    }

    /** How many are started and not yet waited for. */
    int pending() {
        return starts.size() - statuses.size();
    }

    /** Waits for the first that was not waited for. */
    void awaitNext() {
        starts.stream()
                .filter(start -> !statuses.containsKey(start.launch().name()))
                .findFirst()
                .ifPresent(this::settled);
    }

    /** Waits for the machine of this name, which was started here; once. */
    ExitStatus await(String name) {
        for (Start start : starts) {
            if (start.launch().name().equals(name)) {
                return settled(start);
            }
        }
        throw new IllegalArgumentException(name);
    }

    /** The names of the machines that were not there before, in the order of their starts. */
    List<String> started() {
        return starts.stream()
                .filter(start -> start.launcher() != null)
                .map(start -> start.launch().name())
                .toList();
    }

    private ExitStatus settled(Start start) {
        String name = start.launch().name();
        ExitStatus known = statuses.get(name);
        if (known == null) {
            known = await(start);
            statuses.put(name, known);
        }
        return known;
    }

    /**
     * Waits for all.
     *
     * @return the first status that is not 0
     */
    ExitStatus await() {
        ExitStatus status = ExitStatus.OK;
        boolean lasting = false;
        for (Start start : starts) {
            ExitStatus one = settled(start);
            lasting |= one == ExitStatus.OK && start.launcher() != null;
            if (json) {
                streams.out().println(Json.compact(facts(start, one)));
            }
            InstanceState.Launch launch = start.launch();
            boolean isTold = start.launcher() == null; // It runs, with another spec.
            if (one != ExitStatus.OK && one != ExitStatus.TIMED_OUT && starts.size() > 1 && !isTold) {
                streams.err()
                        .println("crosvm: " + launch.name() + ": failed, status " + one.code()
                                + (launch.file() == null ? "" : "; its spec: " + launch.file()));
            }
            status = status == ExitStatus.OK ? one : status;
        }
        if (lasting && !quiet) {
            Lingering.warning(folders).ifPresent(text -> streams.err().println("crosvm: " + text));
        }
        return status;
    }

    /** What a program wants to know of a start; the texts go to standard error as ever. */
    private Map<String, @Nullable Object> facts(Start start, ExitStatus status) {
        InstanceState state = folders.of(start.launch().name()).read();
        boolean alive = state != null && state.isAlive();
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("name", start.launch().name());
        facts.put(
                "spec",
                start.launch().file() == null
                        ? null
                        : String.valueOf(start.launch().file()));
        facts.put("status", status.code());
        facts.put("started", start.launcher() != null && alive);
        facts.put("state", state == null ? null : state.phaseNow().word());
        facts.put("pid", state == null || !alive ? null : state.process().pid());
        facts.put("cause", state == null || alive ? null : state.cause());
        return facts;
    }

    private ExitStatus await(Start start) {
        String name = start.launch().name();
        Launcher started = start.launcher();
        if (started == null) {
            return taken(start);
        }
        try (Launcher launcher = started) {
            switch (outcome(name, launcher)) {
                case TAKEN -> {
                    return taken(start);
                }
                case RUNNING -> {
                    ExitStatus status = awaitSign(name);
                    if (status == ExitStatus.OK && !json && !quiet) {
                        streams.out().println(name + ": running, pid " + launcher.pid());
                    }
                    return status;
                }
                default -> {
                    return ended(name, ExitStatus.of(launcher.status()));
                }
            }
        }
    }

    private ExitStatus taken(Start start) {
        if (!AlreadyRunning.tell(start.launch(), folders, streams.err())) {
            return ExitStatus.FAILED;
        }
        return awaitSign(start.launch().name());
    }

    private Launcher.Outcome outcome(String name, Launcher launcher) {
        return Progress.during(
                streams.err(), streams.showsProgress(), name + ": starting", progress -> launcher.await(progress::say));
    }

    private ExitStatus ended(String name, ExitStatus status) {
        StateFolder folder = folders.of(name);
        try (ConsoleWatch console = new ConsoleWatch(folder, begin)) {
            if (pattern != null && console.finds(pattern)) {
                return ExitStatus.OK;
            }
            if (quiet) {
                return status; // The console is shown, and the end is told with those of the others.
            }
            if (status == ExitStatus.OK) {
                streams.err().println("crosvm: " + name + ": has already ended: " + cause(folder));
            }
            showConsole(console);
        }
        return status == ExitStatus.OK && (ready || pattern != null) ? ExitStatus.FAILED : status;
    }

    private ExitStatus awaitSign(String name) {
        if (ready) {
            return awaitReady(name);
        }
        return pattern == null ? ExitStatus.OK : awaitPattern(name, pattern);
    }

    private ExitStatus awaitReady(String name) {
        StateFolder folder = folders.of(name);
        ReadyWait.Result result = Progress.during(
                streams.err(),
                streams.showsProgress(),
                name + ": waiting until it is ready",
                progress -> ReadyWait.await(folder, timeout));
        if (result.outcome() == ReadyWait.Outcome.READY) {
            return ExitStatus.OK;
        }
        boolean ended = result.outcome() == ReadyWait.Outcome.ENDED;
        streams.err()
                .println("crosvm: " + name + ": "
                        + (ended
                                ? "ended before it was ready: " + cause(folder)
                                : "is not ready: " + result.missing()
                                        + "; the machine is still running. Attach with: crosvm console " + name));
        InstanceState state = folder.read();
        try (ConsoleWatch console = new ConsoleWatch(folder, state == null ? begin : state.started())) {
            showConsole(console);
        }
        return ended ? statusOf(folder) : ExitStatus.TIMED_OUT;
    }

    private ExitStatus awaitPattern(String name, Pattern regex) {
        StateFolder folder = folders.of(name);
        InstanceState state = folder.read();
        try (ConsoleWatch console = new ConsoleWatch(folder, state == null ? begin : state.started())) {
            switch (outcome(console, name, regex)) {
                case FOUND -> {
                    return ExitStatus.OK;
                }
                case TIMED_OUT -> {
                    streams.err()
                            .println("crosvm: " + name + ": its console has not shown \"" + regex.pattern()
                                    + "\" within "
                                    + crosvm.runner.report.Durations.text(timeout)
                                    + "; the machine is still running. Attach with: crosvm console " + name);
                    showConsole(console);
                    return ExitStatus.TIMED_OUT;
                }
                default -> {
                    streams.err()
                            .println("crosvm: " + name + ": ended before its console showed \"" + regex.pattern()
                                    + "\": " + cause(folder));
                    showConsole(console);
                    return statusOf(folder);
                }
            }
        }
    }

    private ConsoleWatch.Result outcome(ConsoleWatch console, String name, Pattern regex) {
        String what = name + ": waiting for \"" + regex.pattern() + "\"";
        return Progress.during(streams.err(), streams.showsProgress(), what, progress -> console.await(regex, timeout));
    }

    private static String cause(StateFolder folder) {
        InstanceState state = folder.read();
        return state == null || state.cause().isEmpty() ? "its process has died" : state.cause();
    }

    private static ExitStatus statusOf(StateFolder folder) {
        InstanceState state = folder.read();
        Integer status = state == null ? null : state.status();
        return status == null || status == 0 ? ExitStatus.FAILED : ExitStatus.of(status);
    }

    /** Shows how a machine's console ends. */
    void showConsole(String name) {
        try (ConsoleWatch console = new ConsoleWatch(folders.of(name), begin)) {
            showConsole(console);
        }
    }

    private void showConsole(ConsoleWatch console) {
        List<String> lines = console.last(LAST_LINES);
        if (!lines.isEmpty()) {
            streams.err().println("The last lines of its console:");
            lines.forEach(line -> streams.err().println("  | " + line));
        }
    }
}
