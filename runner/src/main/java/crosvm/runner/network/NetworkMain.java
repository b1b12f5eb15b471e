package crosvm.runner.network;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixListener;
import java.nio.file.Path;

/**
 * The process of a network, first of its PID namespace, in a user namespace in which it may do everything: with it all processes of
 * the network end. {@link NetworkStart} starts it.
 */
public final class NetworkMain {
    private NetworkMain() {}

    /**
     * Keeps the network until nobody is on it. Standard input is a pipe that whoever has started this holds until it has called.
     *
     * @param arguments the socket's path; a folder for files, which nobody else sees; the number of a descriptor of a network
     *     namespace to go on with, or -1
     */
    public static void main(String[] arguments) {
        int status = 1;
        try {
            int joined = Integer.parseInt(arguments[2]);
            NetworkTools tools = NetworkTools.of(System.getenv().getOrDefault("PATH", ""));
            NetworkRoom room = new NetworkRoom(
                    Path.of(arguments[1]), tools, joined < 0 ? null : Fd.owning(joined, "network namespace"));
            try (UnixListener listener = UnixListener.at(Path.of(arguments[0]));
                    Fd starter = Fd.owning(0, "the starting process")) {
                new NetworkHolder(listener, starter, room, joined >= 0).serve();
                status = 0;
            }
        } catch (RuntimeException e) {
            System.err.println(e.getMessage());
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }
}
