package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.ExitStatus;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.PollSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A process in a jail, seen from outside. Start it, do other work while it warms up, then {@link #closeDoor}. The thread that
 * starts it must live as long as the jail is to live: the kernel kills the jail when that thread ends (prctl(2)
 * PR_SET_PDEATHSIG), which is what takes it along when the VMM is killed. That thread owns this object.
 */
public final class JailedProcess implements AutoCloseable {
    private static final Map<String, String> NO_ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C.UTF-8");
    private static final int HELPER_TIMEOUT = 10_000;

    private final JailProgram program;
    private final JailCommands commands;
    private final ChildProcess launcher;
    private final Fd tells;
    private final Fd told;

    private JailedProcess(JailProgram program, JailCommands commands, ChildProcess launcher, Fd tells, Fd told) {
        this.program = program;
        this.commands = commands;
        this.launcher = launcher;
        this.tells = tells;
        this.told = told;
    }

    /**
     * Starts a program in its namespaces, without a capability, and returns while it warms up.
     *
     * @throws VmmException when this host forbids user namespaces or lacks the tools
     */
    public static JailedProcess start(JailProgram program) {
        UserNamespaces.ofHost().require();
        JailCommands commands = new JailCommands(JailTools.find(), isRoot());
        if (commands.asRoot()) {
            JvmCommand.requireReadableByEverybody(program.command());
        }
        Pipe toChild = Pipe.create("to the jail of " + program.name());
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                Pipe fromChild = Pipe.create("from the jail of " + program.name());
                Fd childReads = toChild.reader()) {
            ChildProcess launcher = ChildProcess.start(
                    "jail of " + program.name(),
                    commands.launch(program.command()),
                    NO_ENVIRONMENT,
                    program.placed(nothing, childReads, fromChild.writer()));
            Fd told = fromChild.reader().duplicate();
            return new JailedProcess(program, commands, launcher, toChild.writer(), told);
        } catch (RuntimeException e) {
            toChild.close();
            throw e;
        }
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            throw new VmmException("/proc/self cannot be read: is /proc mounted?", e);
        }
    }

    /**
     * Waits until the program is warm, takes its file system away, and waits until its filter is in force.
     *
     * @param timeoutMilliseconds for each of the two waits
     * @throws VmmException when it ends, hangs, or the file system cannot be taken away; the process is killed then
     */
    public void closeDoor(int timeoutMilliseconds) {
        try {
            expect(JailDoor.WARM, "before it was ready", timeoutMilliseconds);
            for (List<String> command : commands.takeRootAway(launcher.pid())) {
                run(command);
            }
            FdChannel.over(tells.number(), tells.name()).write(ByteBuffer.wrap(new byte[] {JailDoor.GO}));
            expect(JailDoor.CLOSED, "while it closed its door", timeoutMilliseconds);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void expect(byte word, String when, int timeoutMilliseconds) {
        if (!PollSet.readable(told.number()).await(timeoutMilliseconds)) {
            throw new VmmException("device process " + program.name() + " did not answer within " + timeoutMilliseconds
                    + " ms " + when);
        }
        ByteBuffer said = ByteBuffer.allocate(1);
        if (FdChannel.over(told.number(), told.name()).read(said) != 1) {
            ExitStatus status = launcher.await(1000);
            throw new VmmException("device process " + program.name() + " "
                    + (status == null ? "closed its pipe" : describe(status)) + " " + when
                    + "; its own words are in the log."
                    + UserNamespaces.ofHost().suspicion());
        }
        if (said.get(0) != word) {
            throw new VmmException("device process " + program.name() + " said " + said.get(0) + " " + when);
        }
    }

    private void run(List<String> command) {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                ChildProcess helper = ChildProcess.start(
                        "helper for the jail of " + program.name(),
                        command,
                        NO_ENVIRONMENT,
                        List.of(nothing, program.log(), program.log()))) {
            ExitStatus status = helper.await(HELPER_TIMEOUT);
            if (status == null || !status.equals(new ExitStatus(0, 0))) {
                throw new VmmException(
                        "the file system cannot be taken away from device process " + program.name() + ": "
                                + String.join(" ", command) + " " + (status == null ? "hangs" : status)
                                + "; its own words are in the log");
            }
        }
    }

    /** The launcher: it ends when the jailed process ends, and in the same way. */
    public ChildProcess launcher() {
        return launcher;
    }

    /** The jailed process itself, which is 1 in its own pid namespace, by its number out here; empty before and after its life. */
    public OptionalInt pid() {
        String pid = Integer.toString(launcher.pid());
        try {
            String children = Files.readString(Path.of("/proc", pid, "task", pid, "children"))
                    .strip();
            return children.isEmpty() ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(children.split(" ")[0]));
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    /**
     * How it ended, or null while it lives. The launcher ends in the same way, except that nothing can pass on a SIGKILL: a
     * killed process shows as status 1.
     */
    public @Nullable ExitStatus exitStatus() {
        return launcher.await(0);
    }

    /** {@link #exitStatus} for a person. */
    public static String describe(ExitStatus status) {
        return status.equals(new ExitStatus(0, 1)) ? "was killed, or " + status : status.toString();
    }

    /** Kills it if it still lives, and leaves nothing of it. */
    @Override
    public void close() {
        launcher.close();
        tells.close();
        told.close();
    }
}
