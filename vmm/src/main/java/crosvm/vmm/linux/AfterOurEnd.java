package crosvm.vmm.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Has something done once this process has ended, whatever ended it: a shell in a session of its own waits at the other end of a pipe
 * that we hold open, and nobody else. For things of the host that the kernel does not remove with their last user.
 */
public final class AfterOurEnd {
    /** The ends that are never closed, kept from being collected. */
    private static final List<Fd> LIFELINES = new CopyOnWriteArrayList<>();

    private AfterOurEnd() {}

    /**
     * Starts the shell. It stays in the control group and the namespaces that this process is in now.
     *
     * @param name for messages
     * @param script for a POSIX shell, whose {@code $1} and so on are the arguments
     * @throws ErrnoException when it cannot be started
     */
    public static void run(String name, String script, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of("/bin/sh", "-c", "trap '' HUP INT TERM\nread -r end\n" + script, "crosvm-after-end"));
        command.addAll(List.of(arguments));
        Pipe lifeline = Pipe.create("lifeline of " + name);
        try (Fd reader = lifeline.reader();
                Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
            ChildProcess.start(
                            name,
                            command,
                            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                            List.of(reader, nothing, nothing),
                            "/")
                    .leave();
        } catch (RuntimeException e) {
            lifeline.writer().close();
            throw e;
        }
        LIFELINES.add(lifeline.writer());
    }
}
