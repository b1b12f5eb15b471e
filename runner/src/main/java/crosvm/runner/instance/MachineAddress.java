package crosvm.runner.instance;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * How a running machine is named on the command line: by its name, whose control socket stands in its state folder, or, with a
 * {@code /} in it, by the socket itself.
 */
public final class MachineAddress {
    private static final String SOCKET = "control.sock";

    private MachineAddress() {}

    /** The control socket of a machine. */
    public static Path socket(String nameOrSocket, Map<String, String> environment) {
        return nameOrSocket.indexOf('/') >= 0
                ? Path.of(nameOrSocket)
                : stateFolders(environment).resolve(nameOrSocket).resolve(SOCKET);
    }

    /** The folder in which each machine of this user has its state folder. */
    public static Path stateFolders(Map<String, String> environment) {
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty()) {
            return Path.of(runtime, "crosvm");
        }
        Object user = userId();
        Path systemds = Path.of("/run/user", String.valueOf(user));
        return Files.isDirectory(systemds, LinkOption.NOFOLLOW_LINKS) && Files.isWritable(systemds)
                ? systemds.resolve("crosvm")
                : Path.of("/tmp", "crosvm-" + user);
    }

    private static Object userId() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException("/proc is not mounted; crosvm needs it", e);
        }
    }
}
