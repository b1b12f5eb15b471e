package crosvm.vmm.jail;

import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.PidFd;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A program in its namespaces, whose door is still open, and our side of that door. The kernel kills it when the thread that has
 * launched it ends.
 */
final class LaunchedJail {
    /** What the programs that make a jail, and the one in it, get of variables. */
    static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C.UTF-8");

    /** For a killed process to be gone: its memory is freed first, which takes a busy machine its time. */
    static final int GONE_MILLISECONDS = 30_000;

    private final JailCommands commands;
    private final @Nullable JailUser user;
    private final ChildProcess launcher;
    private final UnixSocket door;
    private final DoorTalk inside;

    private LaunchedJail(JailCommands commands, @Nullable JailUser user, ChildProcess launcher, UnixSocket door) {
        this.commands = commands;
        this.user = user;
        this.launcher = launcher;
        this.door = door;
        this.inside = new DoorTalk(door);
    }

    /**
     * Launches a program.
     *
     * @param name for messages
     * @param command the program's absolute path and its arguments
     * @param output becomes its standard output, {@code log} its standard error
     * @param descriptors come behind the door's
     * @throws crosvm.vmm.VmmException when the host forbids user namespaces or lacks the tools, or the program cannot be started
     */
    static LaunchedJail launch(
            String name, List<String> command, JailLimits limits, Fd output, Fd log, List<Fd> descriptors) {
        UserNamespaces.ofHost().require();
        JailUser user = JailUser.ofThisProcess();
        JailCommands commands = new JailCommands(JailTools.find(), user);
        List<UnixSocket> pair = UnixSocket.pair("door of the jail of " + name);
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                UnixSocket theirs = pair.get(1)) {
            List<Fd> placed = new ArrayList<>(List.of(nothing, output, log, theirs.fd()));
            placed.addAll(descriptors);
            ChildProcess launcher = ChildProcess.start(
                    "jail of " + name,
                    commands.launch(command, JvmCommand.files(command), limits),
                    ENVIRONMENT,
                    placed,
                    JailShape.FIRST_FOLDER);
            return new LaunchedJail(commands, user, launcher, pair.get(0));
        } catch (RuntimeException e) {
            pair.get(0).close();
            throw e;
        }
    }

    JailCommands commands() {
        return commands;
    }

    /** Whom it runs as; null for who we are. */
    @Nullable JailUser user() {
        return user;
    }

    ChildProcess launcher() {
        return launcher;
    }

    UnixSocket door() {
        return door;
    }

    DoorTalk inside() {
        return inside;
    }

    /** The jailed process itself, by its number out here; empty before and after its life. */
    OptionalInt pid() {
        String pid = Integer.toString(launcher.pid());
        try {
            String children = Files.readString(Path.of("/proc", pid, "task", pid, "children"))
                    .strip();
            return children.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(children.split(" ")[0]));
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    /** Whether somebody has stopped it, or the launcher, which could not take it along then: proc(5), /proc/PID/stat. */
    boolean isStopped() {
        OptionalInt number = pid();
        return isStopped(launcher.pid()) || number.isPresent() && isStopped(number.getAsInt());
    }

    private static boolean isStopped(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return false; // Gone, which is told elsewhere.
        }
    }

    /** The launcher's child, while it is that. */
    @Nullable PidFd child() {
        OptionalInt number = pid();
        PidFd child = number.isPresent() ? PidFd.tryOpen(number.getAsInt()) : null;
        if (child != null && !pid().equals(number)) {
            child.close();
            return null;
        }
        return child;
    }

    /** Kills the jailed process; whether it is gone then. */
    static boolean awaitEnd(PidFd child) {
        child.signal(ProcessExit.SIGKILL);
        return child.awaitEnd(GONE_MILLISECONDS);
    }

    /** Kills all of it, and waits until it is gone. Nothing can be asked of this object afterwards. */
    void end() {
        PidFd child = child();
        launcher.close();
        if (child != null) {
            awaitEnd(child);
            child.close();
        }
        door.close();
    }
}
