package crosvm.runner.instance;

import crosvm.runner.readiness.Readiness;
import crosvm.runner.report.EndReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.vmm.VmmException;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.Terminal;
import crosvm.vmm.machine.ConsoleTargets;
import crosvm.vmm.machine.Credentials;
import crosvm.vmm.machine.Shutdown;
import crosvm.vmm.module.NetworkPorts;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What this process does for one machine: takes its name, runs it to its last end, and writes down how that was. SIGINT,
 * SIGTERM and SIGHUP end the machine the orderly way: the JVM starts its shutdown hooks, ours stops the machine and waits until
 * all is closed, and the JVM then ends the process with 128 plus the signal's number. Used by one thread.
 */
public final class MachineProcess {
    /** How long a signal waits for the machine's end; vCPUs leave the guest within milliseconds. */
    private static final long CLOSE_SECONDS = 10;

    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;

    private final DeviceGraph graph;
    private final InstanceState.Launch launch;
    private final StateFolders folders;
    private final PrintStream err;
    private Consumer<StateFolder> onClaim = folder -> {};
    private Consumer<InstanceState> onState = state -> {};
    private Credentials credentials = Credentials.of(System.getenv());
    private NetworkPorts networks = NetworkPorts.NONE;
    private @Nullable WaitingDevices prepared;
    private ServiceNotifier manager;
    private volatile @Nullable Supervisor supervisor;
    private @Nullable ProcessKey owner;
    private @Nullable ErrnoException outputFailure;
    private @Nullable InstanceState last;

    /** @param err for what the user should know while it runs */
    public MachineProcess(DeviceGraph graph, InstanceState.Launch launch, StateFolders folders, PrintStream err) {
        this.graph = graph;
        this.launch = launch;
        this.folders = folders;
        this.err = err;
        manager = ServiceNotifier.of(Map.of(), text -> {}, false);
    }

    /** Lets a service manager that these environment variables name know how the machine fares. */
    public MachineProcess notifying(Map<String, String> environment) {
        manager = ServiceNotifier.of(
                environment,
                this::tell,
                graph.readiness() != null && graph.readiness().ready() != null);
        return this;
    }

    /** Takes credentials by environment variable from there, and not from the environment of this process. */
    MachineProcess withSecrets(Map<String, String> variables) {
        credentials = Credentials.of(variables);
        return this;
    }

    /** Connects its cards on networks between machines there; closed by the caller. */
    MachineProcess connectedTo(NetworkPorts ports) {
        networks = ports;
        return this;
    }

    /** Has its devices run in these processes, begun by the thread that runs it, as far as they suit; taken over. */
    public MachineProcess with(@Nullable WaitingDevices devices) {
        prepared = devices;
        return this;
    }

    /** Ends the machine when that process has ended, and then leaves nothing of it; null for one that outlives its starter. */
    MachineProcess ownedBy(@Nullable ProcessKey process) {
        owner = process;
        return this;
    }

    /** Called once the name is ours, on the thread that runs. */
    public MachineProcess onClaim(Consumer<StateFolder> listener) {
        onClaim = listener;
        return this;
    }

    /** Gets each state after the first, likewise. */
    MachineProcess onState(Consumer<InstanceState> listener) {
        onState = listener;
        return this;
    }

    /**
     * Runs the machine on the terminal crosvm was started from.
     *
     * @return how it ended in the end
     * @throws NameTakenException when a machine of that name is there already
     * @throws VmmException when it cannot be made
     */
    public Shutdown runOnTerminal() {
        FdChannel output = FdChannel.over(STANDARD_OUTPUT, "standard output");
        try (WaitingDevices devices = begin();
                NameLock claim = claim();
                Terminal terminal = Terminal.of(STANDARD_INPUT);
                output) {
            return run(claim, ConsoleTargets.onTerminal(terminal, output), devices);
        } finally {
            outputFailure = output.writeFailure();
        }
    }

    /** Why standard output has not got all of the console; null when it has, or its reader went away. */
    public @Nullable ErrnoException outputFailure() {
        return outputFailure == null || outputFailure.errno() == Errno.EPIPE ? null : outputFailure;
    }

    /** Runs it without a terminal; otherwise as {@link #runOnTerminal}. */
    public Shutdown runInBackground() {
        try (WaitingDevices devices = begin();
                NameLock claim = claim()) {
            return run(claim, new ConsoleTargets(null, null, null, null, null), devices);
        }
    }

    /** Ends the machine without telling its guest. Any thread; nothing happens while there is no machine yet. */
    public void stop() {
        Supervisor running = supervisor;
        if (running != null) {
            running.stop(Shutdown.of(Shutdown.Reason.STOPPED));
        }
    }

    /** First of all: they start while everything else is got ready. */
    private WaitingDevices begin() {
        return prepared == null ? WaitingDevices.of(graph) : prepared;
    }

    private NameLock claim() {
        EndingSignals.watch(number -> System.exit(ExitStatus.SIGNALLED + number));
        NameLock claim = NameLock.take(folders, launch.name());
        if (claim == null) {
            throw new NameTakenException(launch.name());
        }
        return claim;
    }

    @SuppressWarnings("WaitNotInLoop") // The loop is the supervisor's.
    private Shutdown run(NameLock claim, ConsoleTargets places, WaitingDevices devices) {
        StateFolder folder = claim.folder();
        Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.MILLIS);
        InstanceState first = new InstanceState(launch, ProcessKey.self(), Phase.STARTING, now, now, 0, null, "", null);
        Path control;
        DeviceGraph told;
        try {
            claim.write(first);
            onClaim.accept(folder);
            control = folder.controlSocket(graph.controlSocket());
            told = withKey(folder);
        } catch (RuntimeException e) {
            if (claim.isFresh()) {
                claim.remove();
            }
            throw e;
        }
        Supervisor supervisor = new Supervisor(
                new MachineRuns(
                        told,
                        places.with(folder.consoleLog(), folder.consoleSocket()),
                        control,
                        credentials,
                        networks,
                        devices,
                        readiness -> follow(claim, readiness)),
                graph.restart(),
                InstantSource.system(),
                (lock, time) -> lock.wait(Math.max(1, time.toMillis())),
                first,
                state -> {
                    note(claim, state);
                    onState.accept(state);
                    manager.follow(state);
                },
                this::tell);
        this.supervisor = supervisor;
        return supervise(claim, supervisor);
    }

    /** A guest with vsock may be logged in to by the user of this host. */
    private DeviceGraph withKey(StateFolder folder) {
        String key = graph.cid() == null ? null : MachineKey.make(folder);
        return key == null ? graph : graph.withKey(key);
    }

    private void tell(String text) {
        err.println("crosvm: " + launch.name() + ": " + text);
    }

    private Shutdown supervise(NameLock claim, Supervisor supervisor) {
        CountDownLatch over = new CountDownLatch(1);
        Thread hook = new Thread(() -> stop(supervisor, over), "stop-on-signal");
        boolean registered = EndingSignals.atEnd(hook); // Not when a signal came before: it never starts.
        Shutdown how = Shutdown.of(Shutdown.Reason.STOPPED);
        Thread watch = new Thread(() -> followOwner(supervisor), "owner");
        watch.setDaemon(true);
        watch.start();
        try {
            if (registered) {
                how = supervisor.run();
            }
            return how;
        } catch (VmmException e) {
            how = new Shutdown(Shutdown.Reason.FAILED, String.valueOf(e.getMessage()));
            throw e;
        } finally {
            manager.stopping();
            end(claim, supervisor, how);
            over.countDown();
            forget(hook);
        }
    }

    private void followOwner(Supervisor supervisor) {
        ProcessKey followed = owner;
        if (followed == null) {
            return;
        }
        try {
            followed.awaitEnd();
            supervisor.stop(Shutdown.of(Shutdown.Reason.STOPPED));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A machine on a terminal has told all there; one in the background leaves its log and its status. */
    private void end(NameLock claim, Supervisor supervisor, Shutdown how) {
        boolean owned = owner != null && !owner.isAlive();
        boolean keep = !owned && (launch.background() && supervisor.hasRun() || !claim.isFresh());
        if (keep) {
            MachineKey.remove(claim.folder());
            note(
                    claim,
                    supervisor
                            .state()
                            .after(
                                    Phase.ENDED,
                                    InstantSource.system().instant(),
                                    EndReport.statusOf(how).code(),
                                    EndReport.cause(how)));
        } else {
            claim.remove();
        }
    }

    /** Writes a later state. When that fails (a full disk), a guest that runs is worth more than what ps says of it. */
    private synchronized void note(NameLock claim, InstanceState state) {
        last = state;
        try {
            claim.write(state);
        } catch (FailedException e) {
            err.println("crosvm: " + launch.name() + ": its state is not recorded: " + e.getMessage());
        }
    }

    /** The guest of the run that is under way is as ready as that; on the thread that looks. */
    private synchronized void follow(NameLock claim, Readiness readiness) {
        InstanceState now = last;
        if (now == null || now.phase() != Phase.RUNNING) {
            return;
        }
        InstanceState next = now.as(readiness);
        note(claim, next);
        manager.follow(next);
        switch (readiness.state()) {
            case OVERDUE -> tell("is not ready: " + readiness.detail() + "; it is still running and waited for");
            case UNHEALTHY -> tell("is unhealthy: " + readiness.detail());
            case READY -> {
                Readiness before = now.readiness();
                if (before != null && before.state() != Readiness.State.WAITING) {
                    tell((before.state() == Readiness.State.UNHEALTHY ? "is " : "is ready ") + readiness.detail());
                }
            }
            case WAITING -> {}
        }
    }

    private void stop(Supervisor supervisor, CountDownLatch over) {
        manager.stopping();
        String signal = EndingSignals.received();
        supervisor.stop(
                signal == null ? Shutdown.of(Shutdown.Reason.STOPPED) : new Shutdown(Shutdown.Reason.SIGNAL, signal));
        try {
            if (!over.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                err.println("crosvm: the machine did not end within " + CLOSE_SECONDS + " s; leaving it to the kernel");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal ends the program, and the hook waits for us.
            return;
        }
    }
}
