package crosvm.runner.serve;

import crosvm.runner.report.FailedException;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Another {@code crosvm serve} of this user, or the systemd unit that stands for one. Stateless; any thread. */
public final class RunningServer {
    private static final Path PROC = Path.of("/proc");
    private static final String IDENTITY = "-Dcrosvm.identity=";

    private RunningServer() {}

    /**
     * Makes sure that there is none; a listener that is something else is left to be found by whoever wants to listen.
     *
     * @param socket where it would listen
     * @throws FailedException when there is one, which says which and what to do
     */
    public static void requireNone(Path socket) {
        if (!Files.exists(socket)) {
            return;
        }
        int process;
        // A prepared process takes it for a caller that has gone away.
        try (UnixSocket probe = UnixSocket.connectNow(socket.toString())) {
            process = probe.isPeerOfOurUser() ? probe.peerProcess() : 0;
        } catch (ErrnoException e) {
            return; // Of a server that has ended.
        }
        if (isServer(process)) {
            throw new FailedException("serve: " + socket + ": crosvm serve is already running as process " + process
                    + ". Stop it first (kill " + process + "); machines that it has started keep running");
        }
        if (isSystemd(process)) {
            throw new FailedException(
                    "serve: " + socket + ": systemd is already listening there and starts crosvm serve"
                            + " when needed. Stop it first: systemctl --user stop crosvm-serve.socket crosvm-serve.service");
        }
    }

    private static boolean isServer(int process) {
        return List.of(read(process, "cmdline").split("\0")).stream().anyMatch(word -> word.startsWith(IDENTITY));
    }

    private static boolean isSystemd(int process) {
        return read(process, "comm").strip().equals("systemd");
    }

    private static String read(int process, String file) {
        try {
            return Files.readString(PROC.resolve(String.valueOf(process)).resolve(file));
        } catch (IOException e) {
            return ""; // It has ended, or is in another namespace.
        }
    }
}
