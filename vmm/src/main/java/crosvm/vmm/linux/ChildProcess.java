package crosvm.vmm.linux;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.linux.jna.SpawnCalls;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A process we started, with its pidfd: readable when it has ended, and never another process's. Closed by the thread that
 * started it, after all others have done with it; any thread may wait for its end and signal it. Java's own process API closes every descriptor above 2
 * in a child, hence this one.
 */
public final class ChildProcess implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;
    /** Descriptors are first moved out of the way, up here, so that none is overwritten before it is placed. */
    private static final int FIRST_TEMPORARY_FD = 100;

    private static final short POSIX_SPAWN_SETSIGDEF = 4;
    private static final short POSIX_SPAWN_SETSIGMASK = 8;
    private static final short POSIX_SPAWN_SETSID = 0x80;

    private static final int P_PIDFD = 3;
    private static final int WEXITED = 4;
    private static final int SIGINFO_SIZE = 128;
    private static final int SIGINFO_CODE = 8;
    private static final int SIGINFO_STATUS = 24;
    private static final int CLD_EXITED = 1;

    private final int pid;
    private final PidFd pidFd;
    private final String name;
    private volatile @Nullable ProcessExit status;

    private ChildProcess(int pid, PidFd pidFd, String name) {
        this.pid = pid;
        this.pidFd = pidFd;
        this.name = name;
    }

    /** The same, in the folder that this process is in. */
    public static ChildProcess start(
            String name, List<String> command, Map<String, String> environment, List<Fd> descriptors) {
        return start(name, command, environment, descriptors, null);
    }

    /**
     * Starts a program in a session of its own, no signal blocked or ignored, with exactly these descriptors.
     *
     * @param name says in messages what the process is
     * @param command the program's absolute path and its arguments
     * @param descriptors what becomes 0, 1, 2 and so on; the caller keeps its own
     * @param folder where it starts; null for where this process is, also where that may not be entered anew
     * @throws ErrnoException when the program cannot be started
     */
    public static ChildProcess start(
            String name,
            List<String> command,
            Map<String, String> environment,
            List<Fd> descriptors,
            @Nullable String folder) {
        NativeBuffer actions = NativeBuffer.allocate(SpawnCalls.OPAQUE_SIZE);
        NativeBuffer attributes = NativeBuffer.allocate(SpawnCalls.OPAQUE_SIZE);
        NativeBuffer pid = NativeBuffer.allocate(Integer.BYTES);
        CStrings arguments = CStrings.of(command);
        CStrings variables = CStrings.of(environment.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList());
        List<Fd> moved = new ArrayList<>();
        initialise(actions, attributes);
        try {
            for (int i = 0; i < descriptors.size(); i++) {
                Fd source = descriptors.get(i);
                int number = ErrnoException.check(
                        LibC.fcntl(source.number(), F_DUPFD_CLOEXEC, FIRST_TEMPORARY_FD),
                        source.name() + ": F_DUPFD_CLOEXEC");
                moved.add(Fd.owning(number, source.name()));
                check(SpawnCalls.posix_spawn_file_actions_adddup2(actions.address(), number, i), name);
            }
            if (folder != null) {
                check(
                        SpawnCalls.posix_spawn_file_actions_addchdir_np(
                                actions.address(), NativeBuffer.cString(folder)),
                        name);
            }
            check(SpawnCalls.posix_spawn_file_actions_addclosefrom_np(actions.address(), descriptors.size()), name);
            check(
                    SpawnCalls.posix_spawn(
                            pid.address(),
                            NativeBuffer.cString(command.get(0)),
                            actions.address(),
                            attributes.address(),
                            arguments.address(),
                            variables.address()),
                    command.get(0) + ": start " + name);
        } catch (ErrnoException e) {
            Optional<String> limit = e.errno() == Errno.EAGAIN ? TaskLimit.exhausted() : Optional.empty();
            throw limit.isEmpty() ? e : new ErrnoException("start " + name, e.code(), limit.get());
        } finally {
            moved.forEach(Fd::close);
            SpawnCalls.posix_spawn_file_actions_destroy(actions.address());
            SpawnCalls.posix_spawnattr_destroy(attributes.address());
            Reference.reachabilityFence(arguments);
            Reference.reachabilityFence(variables);
        }
        int number = pid.bytes().getInt(0);
        return new ChildProcess(number, PidFd.of(number, name), name);
    }

    private static void initialise(NativeBuffer actions, NativeBuffer attributes) {
        try {
            check(SpawnCalls.posix_spawn_file_actions_init(actions.address()), "posix_spawn");
        } catch (UnsatisfiedLinkError e) {
            throw new VmmException("device processes need glibc 2.34 or newer on this machine: " + e.getMessage(), e);
        }
        check(SpawnCalls.posix_spawnattr_init(attributes.address()), "posix_spawn");
        NativeBuffer set = NativeBuffer.allocate(128);
        check(SpawnCalls.posix_spawnattr_setsigmask(attributes.address(), set.address()), "posix_spawn");
        for (int i = 0; i < set.size(); i++) {
            set.bytes().put(i, (byte) 0xff);
        }
        check(SpawnCalls.posix_spawnattr_setsigdefault(attributes.address(), set.address()), "posix_spawn");
        Reference.reachabilityFence(set);
        short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID;
        check(SpawnCalls.posix_spawnattr_setflags(attributes.address(), flags), "posix_spawn");
    }

    private static void check(int errno, String what) {
        if (errno != 0) {
            throw new ErrnoException(what, errno);
        }
    }

    public int pid() {
        return pid;
    }

    /** Readable once the process has ended. Stays this object's. */
    public Fd pidFd() {
        return pidFd.fd();
    }

    /**
     * Waits for the end and takes the status away, so that no zombie is left.
     *
     * @param timeoutMilliseconds -1 waits for ever
     * @return null when it still runs
     */
    public @Nullable ProcessExit await(int timeoutMilliseconds) {
        if (status != null) {
            return status;
        }
        if (!pidFd.awaitEnd(timeoutMilliseconds)) {
            return null;
        }
        return reap();
    }

    private synchronized ProcessExit reap() {
        ProcessExit known = status;
        if (known != null) {
            return known;
        }
        NativeBuffer info = NativeBuffer.allocate(SIGINFO_SIZE);
        ErrnoException.check(LibC.waitid(P_PIDFD, pidFd.fd().number(), info.address(), WEXITED), name + ": waitid");
        int value = info.bytes().getInt(SIGINFO_STATUS);
        boolean exited = info.bytes().getInt(SIGINFO_CODE) == CLD_EXITED;
        known = new ProcessExit(exited ? 0 : value, exited ? value : 0);
        status = known;
        return known;
    }

    /** Sends a signal; one that has ended already takes none. */
    public synchronized void signal(int signal) {
        if (status == null && pidFd.fd().isOpen()) {
            pidFd.signal(signal);
        }
    }

    /** Lets it live on without us; it is not waited for. */
    public void leave() {
        letGo();
    }

    /** Not while another thread signals through it. */
    private synchronized void letGo() {
        pidFd.close();
    }

    /** Kills it if it still runs, and waits for its end. */
    @Override
    public void close() {
        if (pidFd.fd().isOpen()) {
            if (await(0) == null) {
                signal(ProcessExit.SIGKILL);
                while (await(-1) == null) {
                    // A signal of ours interrupted the wait.
                }
            }
            letGo();
        }
    }
}
