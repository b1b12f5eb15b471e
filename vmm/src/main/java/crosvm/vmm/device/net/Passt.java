package crosvm.vmm.device.net;

import crosvm.schema.model.PortForward;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts passt, which carries a guest's frames into the host's network as connections of an ordinary user. Once its ports
 * are bound it goes into the background by itself, into namespaces of its own; it ends when its socket is hung up, be it
 * because we were killed.
 */
public final class Passt {
    private static final int START_MILLISECONDS = 20_000;
    private static final int SOCKET = 3;

    private Passt() {}

    /**
     * Starts it and waits until it is ready.
     *
     * @param forward ports of the host that lead to the guest
     * @param path folders to look for it in, as {@code $PATH}
     * @return our end of the stream, non-blocking
     * @throws VmmException when it is not there or does not start, with what it said
     */
    public static Fd start(List<PortForward> forward, String path) {
        List<String> command = command(find(path), forward);
        forward.forEach(Passt::requireFree);
        List<UnixSocket> pair = UnixSocket.pair("passt");
        try (UnixSocket theirs = pair.get(1)) {
            run(command, theirs.fd());
            pair.get(0).fd().setNonBlocking();
            return pair.get(0).fd();
        } catch (RuntimeException e) {
            pair.get(0).close();
            throw e;
        }
    }

    private static Path find(String path) {
        for (String folder : path.split(":")) {
            Path program = Path.of(folder, "passt");
            if (!folder.isEmpty() && Files.isExecutable(program)) {
                return program.toAbsolutePath();
            }
        }
        throw new VmmException(
                "user: true needs the program passt, which is not on the PATH. Install it (Debian, Fedora:"
                        + " package passt), or use a tap");
    }

    /** passt is content when it gets a port for one of IPv4 and IPv6, and says nothing of the other. */
    private static void requireFree(PortForward port) {
        try (ServerSocket trial = new ServerSocket()) {
            trial.setReuseAddress(true);
            trial.bind(new InetSocketAddress(port.host()));
        } catch (IOException e) {
            throw new VmmException(
                    "forward " + port + ": port " + port.host() + " of the host: " + FailureReason.of(e)
                            + ". Choose another, or stop what listens there (ss -ltnp)",
                    e);
        }
    }

    static List<String> command(Path program, List<PortForward> forward) {
        List<String> command =
                new ArrayList<>(List.of(program.toString(), "--one-off", "--fd", Integer.toString(SOCKET)));
        for (PortForward port : forward) {
            command.addAll(List.of("-t", port.host() + ":" + port.guest()));
        }
        return command;
    }

    private static void run(List<String> command, Fd socket) {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                Pipe said = Pipe.create("passt's messages")) {
            ProcessExit status;
            try (ChildProcess process = ChildProcess.start(
                    "passt", command, Map.of("LC_ALL", "C"), List.of(nothing, nothing, said.writer(), socket))) {
                status = process.await(START_MILLISECONDS);
            }
            if (status == null) {
                throw new VmmException("passt was not ready after " + START_MILLISECONDS / 1000 + " s. It said: "
                        + text(said.reader()));
            }
            if (status.wasSignal() || status.code() != 0) {
                throw new VmmException("passt " + status + ". " + explanation(text(said.reader())));
            }
        }
    }

    /** What its last words mean. passt before 2024 takes addresses and routes from the host's default route, or gives up. */
    static String explanation(String said) {
        String remedy = said.contains("External interface not usable") || said.contains("routable interface")
                ? ". This host has no default route for it to follow: add one (ip route add default via GATEWAY), or use"
                        + " hostIp and netmask"
                : "";
        return "It said: " + said + remedy;
    }

    /** What it wrote so far, without complaints that nobody listens to its system log. */
    private static String text(Fd reader) {
        reader.setNonBlocking();
        NativeBuffer buffer = NativeBuffer.allocate(64 << 10);
        long got = Math.max(0, LibC.read(reader.number(), buffer.address(), buffer.size()));
        byte[] bytes = new byte[(int) got];
        buffer.bytes().get(0, bytes);
        List<String> lines = new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("Failed to send "))
                .toList();
        return lines.isEmpty()
                ? "nothing"
                : String.join("; ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
