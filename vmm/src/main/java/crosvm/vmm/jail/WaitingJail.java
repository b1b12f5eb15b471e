package crosvm.vmm.jail;

import crosvm.seccomp.filter.BpfProgram;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Pipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * A jail that is begun before it is known what will be in it: its program is in its namespaces and without capabilities, gets
 * warm, and waits at its open door ({@link JailDoor#await}). Told what it is to be, it is like any other that is started, down to the numbers of
 * its descriptors: policy, files and limits are those of what it becomes, and its door is closed in the same way. It becomes
 * something once. Owned by the thread that starts it, which must live as long as the jail is to live.
 */
public final class WaitingJail implements AutoCloseable {
    /** How many descriptors it can be handed. It is started with so many of /dev/null: no other file must be where those are to be. */
    static final int PLACES = 16;

    /** For an answer. One that has been stopped, or swapped out, costs its machine this and the start of another. */
    private static final int ANSWER_MILLISECONDS = 2000;

    private static final Path LIMITS = Path.of("/proc/self/limits");

    /** What each jail has set for itself (proc_pid_limits(5)). */
    private static final List<String> OWN_LIMITS = List.of(
            "Max file size",
            "Max data size",
            "Max core file size",
            "Max processes",
            "Max open files",
            "Max address space");

    private static final JailLimits SMALL = new JailLimits(0, -1, 1, 1);

    private final LaunchedJail launched;
    private final Pipe log;
    private final List<String> counts = JailShape.counts(SMALL);
    private final List<String> inherited = inherited();
    private boolean isReady;
    private boolean isSilent;
    private boolean isTaken;

    private WaitingJail(LaunchedJail launched, Pipe log) {
        this.launched = launched;
        this.log = log;
    }

    /**
     * Starts one and returns while it warms up.
     *
     * @param command a program's absolute path and its arguments; the program must go through {@link JailDoor#await}
     * @throws VmmException when this host forbids user namespaces or lacks the tools
     */
    public static WaitingJail start(List<String> command) {
        Pipe log = Pipe.create("log of a device process");
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
            return new WaitingJail(
                    LaunchedJail.launch(
                            "a device process",
                            command,
                            SMALL,
                            log.writer(),
                            log.writer(),
                            Collections.nCopies(PLACES, nothing)),
                    log);
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    /** What it says, for {@link ProcessLog}, which takes it over when this becomes something. */
    public Pipe log() {
        return log;
    }

    /** Waits until it is as warm as it gets without having been told anything, or has ended. */
    public void awaitReady(int timeoutMilliseconds) {
        Integer word = isReady ? null : launched.inside().hear(timeoutMilliseconds, List.of());
        isReady |= word != null && word == DoorTalk.READY;
    }

    /**
     * Whether it still lives, and a jail of these limits started now would be no other: it cannot have more descriptors or tasks
     * than it was started with, nor lower limits that it has inherited.
     */
    public boolean canBecome(JailLimits limits, int descriptors) {
        return !isSilent
                && descriptors <= PLACES
                && counts.equals(JailShape.counts(limits))
                && inherited.equals(inherited())
                && launched.launcher().await(0) == null;
    }

    /**
     * Whether one that was ready still listens; asked before anything of a machine is told to it. One that is getting ready is believed, as any
     * process that has just been started is.
     */
    public boolean answers() {
        if (!isReady) {
            return true;
        }
        Integer word = !launched.isStopped() && launched.inside().offer(DoorTalk.PULSE)
                ? launched.inside().hear(ANSWER_MILLISECONDS, List.of())
                : null;
        isSilent = word == null || word != DoorTalk.PULSE;
        return !isSilent;
    }

    /**
     * Tells the program what it is to be.
     *
     * @param words what would have been its arguments
     * @return the jail, which this object is no more
     */
    public JailedProcess become(JailProgram program, List<String> words) {
        BpfProgram filter = program.policy().program();
        JailedProcess jail = new JailedProcess(program, launched, !isReady);
        isTaken = true;
        launched.inside().say(DoorTalk.BECOME);
        launched.inside().sendFilter(filter);
        launched.inside().sendOrder(words, program.descriptors());
        return jail;
    }

    private static List<String> inherited() {
        try {
            return Files.readAllLines(LIMITS).stream()
                    .filter(line -> OWN_LIMITS.stream().noneMatch(line::startsWith))
                    .toList();
        } catch (IOException e) {
            throw new VmmException(LIMITS + " cannot be read: is /proc mounted?", e);
        }
    }

    /** Kills it and waits until it is gone, unless it has become something. Any thread. */
    @Override
    public void close() {
        if (!isTaken) {
            isTaken = true;
            launched.end();
            log.close();
        }
    }
}
