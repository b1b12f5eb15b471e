package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LeftState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.ProcessKey;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.vmm.linux.EndingSignals;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A fleet on the terminal: its machines run in processes of their own that end with this one, whatever ends it, and leave nothing;
 * their consoles are shown together. A signal takes them down, the last started first; a second one ends them at once. The main
 * thread starts and shows; one of its own takes down.
 */
final class ForegroundFleet {
    private static final int LOOK_AGAIN_MILLISECONDS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final LoadedGroup group;
    private final Fleet fleet;
    private final List<Loaded> machines;
    private final Streams streams;
    private final StateFolders folders;
    private final AtomicInteger signals = new AtomicInteger();
    private volatile int firstSignal;
    private volatile boolean started;

    ForegroundFleet(LoadedGroup group, List<Loaded> machines, Streams streams) {
        this.group = group;
        this.fleet = Objects.requireNonNull(group.spec().fleet());
        this.machines = machines;
        this.streams = streams;
        this.folders = StateFolders.of(streams.environment());
    }

    /**
     * Runs it until the last of its machines has ended.
     *
     * @param words what starts a machine again
     * @return the first status of a machine that is not 0; that of the signal that ended them
     */
    ExitStatus run(Function<Fleet.Machine, List<String>> words) {
        Instant begin = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        requireNoneRunning();
        EndingSignals.watch(this::signal);
        BackgroundStart background = new BackgroundStart(streams, null, false, Duration.ZERO, false).quietly();
        FleetStart start = new FleetStart(fleet, background, streams, () -> signals.get() > 0);
        Thread show = new Thread(() -> show(begin), "consoles");
        show.start();
        boolean complete;
        try {
            complete = start.start(group, machines, words, false, ProcessKey.self());
            background.await();
        } finally {
            started = true;
            join(show);
        }
        ExitStatus status = complete ? ExitStatus.OK : ExitStatus.FAILED;
        for (String name : background.started()) {
            MachineEnd end = MachineEnd.of(folders.of(name));
            int code = end == null ? 1 : end.status();
            status = status == ExitStatus.OK ? ExitStatus.of(code) : status;
            if (code != 0 && end != null && firstSignal == 0) {
                streams.err().println("crosvm: " + name + ": " + end.cause());
            }
            LeftState.of(folders.of(name)).remove();
        }
        return firstSignal == 0 ? status : ExitStatus.of(ExitStatus.SIGNALLED + firstSignal);
    }

    /** They would be taken down at the end, though others have started them. */
    private void requireNoneRunning() {
        List<String> running = names().stream().filter(this::isAlive).toList();
        if (!running.isEmpty()) {
            throw new FailedException(String.join(", ", running) + (running.size() == 1 ? ": is" : ": are")
                    + " already running; nothing was started. Look on with: crosvm logs -f; end with: crosvm down");
        }
    }

    private List<String> names() {
        return machines.stream()
                .map(loaded -> Objects.requireNonNull(loaded.machine()).name())
                .toList();
    }

    private boolean isAlive(String name) {
        InstanceState state = folders.of(name).read();
        return state != null && state.isAlive();
    }

    private void show(Instant begin) {
        int width = machines.stream()
                .mapToInt(loaded -> LoadedGroup.shortName(loaded).length())
                .max()
                .orElse(0);
        boolean coloured = streams.isTerminal();
        try (FleetConsoles consoles = new FleetConsoles(streams.out())) {
            for (int i = 0; i < machines.size(); i++) {
                String name = Objects.requireNonNull(machines.get(i).machine()).name();
                String prefix = FleetConsoles.prefix(LoadedGroup.shortName(machines.get(i)), i, width, coloured);
                consoles.add(folders.of(name), prefix, begin);
            }
            boolean alive;
            do {
                boolean complete = started; // Looked at first: what comes before the end is read below.
                alive = !complete || names().stream().anyMatch(this::isAlive);
                if (!consoles.pass(false) && alive) {
                    Thread.sleep(LOOK_AGAIN_MILLISECONDS);
                }
            } while (alive);
            consoles.pass(true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void signal(int number) {
        if (signals.getAndIncrement() == 0) {
            firstSignal = number;
            streams.err().println("crosvm: taking the machines down; once more ends them at once");
            inBackground(this::takeDown);
        } else {
            names().forEach(name -> inBackground(() -> MachineDown.stop(folders.of(name), PATIENCE)));
        }
    }

    private static void inBackground(Runnable task) {
        Thread thread = new Thread(task, "down");
        thread.setDaemon(true);
        thread.start();
    }

    /** Until nothing runs: a start that was under way when the signal came may bring one more. */
    private void takeDown() {
        boolean complete;
        do {
            complete = started;
            for (List<String> wave : DownWaves.of(fleet, machines)) {
                down(wave);
            }
            pause();
        } while (!complete);
    }

    private void down(List<String> names) {
        FanOut requests = new FanOut();
        List<Supplier<MachineDown>> going = new ArrayList<>();
        for (String name : names) {
            if (isAlive(name)) {
                going.add(requests.start(() -> MachineDown.begin(folders.of(name), DownCommand.DEFAULT_TIMEOUT)));
            }
        }
        going.forEach(request -> tellFailure(() -> request.get().await()));
    }

    private void tellFailure(Runnable action) {
        try {
            action.run();
        } catch (FailedException e) {
            streams.err().println("crosvm: " + e.getMessage());
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_AGAIN_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
