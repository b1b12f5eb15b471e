package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A bridge of the host. */
final class HostBridge {
    private static final int PROGRAM_MILLISECONDS = 60_000;

    private HostBridge() {}

    /**
     * Makes a tap a port of it.
     *
     * @throws FailedException when there is no such bridge, or it may not be changed
     */
    static void connect(NetworkTools tools, String bridge, String tap) {
        if (!Files.isDirectory(Path.of("/sys/class/net", bridge, "bridge"))) {
            throw new FailedException("the host has no bridge " + bridge + ". Create it: ip link add " + bridge
                    + " type bridge && ip link set " + bridge + " up");
        }
        try {
            Path log = Files.createTempFile("crosvm-bridge", ".log");
            List<String> command = List.of(tools.ip(), "link", "set", tap, "master", bridge, "up");
            try (ChildProcess process = NetworkRoom.startHere(command, log)) {
                ProcessExit end = process.await(PROGRAM_MILLISECONDS);
                if (end == null || !end.isSuccess()) {
                    throw new FailedException(String.join(" ", command) + ": " + NetworkRoom.lastWords(log));
                }
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new FailedException("a temporary file: " + FailureReason.of(e), e);
        }
    }
}
