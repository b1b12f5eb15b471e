package crosvm.vmm.jail;

import crosvm.seccomp.filter.BpfProgram;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.PidFd;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A process in a jail, seen from outside. Start it, do other work while it warms up, then {@link #closeDoor}. The thread that
 * starts it must live as long as the jail is to live: the kernel kills the jail when that thread ends (prctl(2)
 * PR_SET_PDEATHSIG), which is what takes it along when the VMM is killed. That thread owns this object.
 */
public final class JailedProcess implements AutoCloseable {
    private static final System.Logger LOG = BareLog.of(JailedProcess.class);
    /** For mount and pivot_root on a machine that is busy with ten others: seen to take more than 10 s in emulation. */
    private static final int HELPER_TIMEOUT = 120_000;

    private final JailProgram program;
    private final LaunchedJail launched;
    private final Fd log;
    private final DoorTalk inside;
    private final boolean saysReady;
    private @Nullable JailGuard guard;
    /** The jailed process, known once it is warm. */
    private volatile @Nullable PidFd jailed;

    /**
     * Takes over what has been launched for it.
     *
     * @param saysReady whether it was started as a {@link WaitingJail}, and has not been heard to wait yet
     */
    JailedProcess(JailProgram program, LaunchedJail launched, boolean saysReady) {
        this.saysReady = saysReady;
        this.program = program;
        this.log = program.log().duplicate();
        this.launched = launched;
        this.inside = launched.inside();
    }

    /**
     * Starts a program in its namespaces, without a capability, and returns while it warms up.
     *
     * @throws VmmException when this host forbids user namespaces or lacks the tools
     */
    public static JailedProcess start(JailProgram program) {
        BpfProgram filter = program.policy().program();
        LaunchedJail launched = LaunchedJail.launch(
                program.name(),
                program.command(),
                program.limits(),
                program.output(),
                program.log(),
                program.descriptors());
        try {
            JailedProcess jail = new JailedProcess(program, launched, false);
            jail.inside.sendFilter(filter);
            return jail;
        } catch (RuntimeException e) {
            launched.end();
            throw e;
        }
    }

    /** Whether this process is root, who starts others as a user of their own. */
    public static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            throw new VmmException("/proc/self cannot be read: is /proc mounted?", e);
        }
    }

    /**
     * Waits until the program is warm, takes its file system away, waits until its filter is in force, and has it watched
     * from then on. May run on another thread than {@link #start}'s, before anything else is asked of this object.
     *
     * @param timeoutMilliseconds for each of the two waits
     * @throws VmmException when it ends, hangs, or the file system cannot be taken away; the process is killed then
     */
    public void closeDoor(int timeoutMilliseconds) {
        List<Fd> handed = new ArrayList<>();
        try {
            if (saysReady) {
                expect(DoorTalk.READY, "before it was ready", timeoutMilliseconds, handed);
            }
            expect(DoorTalk.WARM, "before it was ready", timeoutMilliseconds, handed);
            jailed = launched.child();
            takeRootAway();
            Fd listener = bind(timeoutMilliseconds, handed);
            JailInspection.require(program.name(), pid(), launched.user());
            guard = new JailGuard(
                    this, program.policy(), inside, launched.door().fd(), listener, null);
        } catch (RuntimeException e) {
            handed.forEach(Fd::close);
            close();
            throw e;
        } finally {
            log.close(); // So that its reader sees the end when the process has gone.
        }
    }

    /**
     * As {@link #closeDoor} for a program of somebody else's, which {@link ForeignMain} becomes, bound by its filter before its
     * first instruction. Until it opens the first of its files, before it has seen anything of an image's or a guest's, other
     * calls are carried out and it sees the host's files; then those go, and what it opens it gets out of {@code files}.
     * {@code started} waits until it has started and opened its files, and throws when it has not.
     */
    public void closeDoorOnForeign(int timeoutMilliseconds, HandedFiles files, Runnable started) {
        List<Fd> handed = new ArrayList<>();
        ForeignCalls calls = new ForeignCalls(files, () -> {
            takeRootAway();
            JailInspection.require(program.name(), pid(), launched.user());
        });
        try {
            expect(DoorTalk.WARM, "before it was ready", timeoutMilliseconds, handed);
            jailed = launched.child();
            Fd listener = bind(timeoutMilliseconds, handed);
            guard = new JailGuard(
                    this, program.policy(), inside, launched.door().fd(), listener, calls);
            started.run();
            if (!calls.isClosed()) {
                throw new VmmException("device process " + program.name() + " has opened none of its files");
            }
        } catch (RuntimeException e) {
            if (guard == null) {
                handed.forEach(Fd::close);
            }
            kill();
            throw e;
        } finally {
            log.close();
        }
    }

    private void takeRootAway() {
        int number = pid().orElse(launcher().pid());
        for (List<String> command : launched.commands().takeRootAway(launcher().pid(), number, program.limits())) {
            run(command, log);
        }
    }

    /** @return the listener of its filter, the caller's */
    private Fd bind(int timeoutMilliseconds, List<Fd> handed) {
        inside.say(DoorTalk.GO);
        expect(DoorTalk.CLOSED, "while it closed its door", timeoutMilliseconds, handed);
        if (handed.size() != 1) {
            throw new VmmException("device process " + program.name() + " handed out " + handed.size()
                    + " descriptors while it closed its door");
        }
        return handed.get(0);
    }

    private void expect(byte word, String when, int timeoutMilliseconds, List<Fd> handed) {
        Integer said = inside.hear(timeoutMilliseconds, handed);
        if (said == null) {
            throw new VmmException("device process " + program.name() + " did not answer within " + timeoutMilliseconds
                    + " ms " + when);
        }
        if (said == -1) {
            ProcessExit status = launcher().await(1000);
            throw new VmmException("device process " + program.name() + " "
                    + (status == null ? "closed its door" : describe(status)) + " " + when
                    + "; its messages are in the log."
                    + (status != null && status.wasSignal() || canMakeNamespace()
                            ? ""
                            : UserNamespaces.ofHost().suspicion()));
        }
        if (said != word) {
            throw new VmmException("device process " + program.name() + " said " + said + " " + when);
        }
    }

    /**
     * From now on it may write so far into a file, after its image has become longer or before it becomes shorter. Any thread.
     *
     * @throws VmmException when that cannot be said to the kernel
     */
    public void limitFiles(long bytes) {
        OptionalInt number = pid();
        if (number.isPresent()) {
            try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
                run(launched.commands().limitFiles(number.getAsInt(), bytes), nothing);
            }
        }
    }

    /** Whether user namespaces are not what it failed for. */
    private boolean canMakeNamespace() {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
            run(launched.commands().namespace(), nothing);
            return true;
        } catch (VmmException e) {
            return false;
        }
    }

    private void run(List<String> command, Fd output) {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                ChildProcess helper = ChildProcess.start(
                        "helper for the jail of " + program.name(),
                        command,
                        LaunchedJail.ENVIRONMENT,
                        List.of(nothing, output, output))) {
            ProcessExit status = helper.await(HELPER_TIMEOUT);
            if (status == null || !status.isSuccess()) {
                throw new VmmException("the jail of device process " + program.name() + " cannot be closed: "
                        + String.join(" ", command) + " " + (status == null ? "hangs" : status)
                        + "; its messages are in the log");
            }
        }
    }

    String name() {
        return program.name();
    }

    boolean isAlive() {
        return exitStatus() == null;
    }

    /** {@link LaunchedJail#isStopped}. */
    boolean isStopped() {
        return launched.isStopped();
    }

    /** {@link #pid} for messages: the launcher's when the process itself is gone. */
    public int outerPid() {
        return pid().orElse(launcher().pid());
    }

    /** Why it was killed for what it did or did not do; null when it was not. Any thread. */
    public @Nullable String finding() {
        JailGuard watched = guard;
        return watched == null ? null : watched.finding();
    }

    /** The launcher: it ends when the jailed process ends, and in the same way. */
    public ChildProcess launcher() {
        return launched.launcher();
    }

    /** The jailed process itself, which is 1 in its own pid namespace, by its number out here; empty before and after its life. */
    public OptionalInt pid() {
        return launched.pid();
    }

    /**
     * How it ended, or null while it lives. The launcher ends in the same way, except that nothing can pass on a SIGKILL: a
     * killed process shows as status 1, as does a JVM that crashes. Our own programs end with no such status.
     */
    public @Nullable ProcessExit exitStatus() {
        return launcher().await(0);
    }

    /** {@link #exitStatus} for a person. */
    public static String describe(ProcessExit status) {
        return !status.wasSignal() && status.code() == 1
                ? "was killed (SIGKILL), or crashed if there is a crash report above"
                : status.toString();
    }

    /** Kills it without waiting until it is gone. Any thread, before {@link #close}. */
    public void kill() {
        launcher().signal(ProcessExit.SIGKILL); // First: it would log a complaint about the way its child has ended.
        PidFd known = jailed;
        if (known != null) {
            known.signal(ProcessExit.SIGKILL);
        }
    }

    /**
     * Kills it if it still lives, and leaves nothing of it: the end of a killed launcher is not yet the end of the process in
     * the jail, which has an image's lock for as long as it takes to die.
     */
    @Override
    public void close() {
        PidFd child = jailed == null ? launched.child() : jailed;
        jailed = null;
        launcher().close();
        if (child != null && !LaunchedJail.awaitEnd(child)) {
            LOG.log(
                    Level.WARNING,
                    "device process " + program.name() + " was killed and has not ended after "
                            + LaunchedJail.GONE_MILLISECONDS / 1000 + " s; its files stay locked until it does");
        }
        log.close();
        JailGuard watched = guard;
        guard = null;
        if (watched != null) {
            watched.close();
        }
        if (child != null) {
            child.close(); // Not before the guard is, who may be about to kill.
        }
        launched.door().close();
    }
}
