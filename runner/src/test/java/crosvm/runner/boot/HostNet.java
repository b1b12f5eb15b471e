package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The lab's side of network tests: its interfaces, and what it sends, receives and serves. */
final class HostNet {
    private static final int MIB = 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(300);

    private HostNet() {}

    /** The lab as 10.77.0.2 behind a router that is not there: passt takes a guest's address and gateway from this. */
    static void addDefaultRoute() throws IOException {
        Lab.command("ip", "link", "add", "uplink", "type", "bridge");
        Lab.command("ip", "address", "add", "10.77.0.2/24", "dev", "uplink");
        Lab.command("ip", "link", "set", "uplink", "up");
        Lab.command("ip", "route", "add", "default", "via", "10.77.0.1", "dev", "uplink");
    }

    static void removeDefaultRoute() throws IOException {
        Lab.command("ip", "link", "del", "uplink");
    }

    /** Names of the host's interfaces now. */
    static Set<String> interfaces() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
            Set<String> names = new TreeSet<>();
            links.forEach(link -> names.add(link.getFileName().toString()));
            return names;
        }
    }

    /** Writes {@code mebibytes} of random bytes to a file. */
    static Path randomFile(Path file, int mebibytes) throws IOException {
        Random random = new Random(mebibytes);
        byte[] block = new byte[MIB];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < mebibytes; i++) {
                random.nextBytes(block);
                out.write(block);
            }
        }
        return file;
    }

    static String sha256(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a file to a guest's TCP port. */
    static void send(Path file, String guest, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(guest, port), (int) PATIENCE.toMillis());
            Files.copy(file, socket.getOutputStream());
            socket.shutdownOutput();
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
    }

    /** A server that takes one connection and keeps what comes. */
    static ServerSocket listen(String address, int port) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getByName(address), port));
        server.setSoTimeout((int) PATIENCE.toMillis());
        return server;
    }

    static void receive(ServerSocket server, Path file) throws IOException {
        try (Socket socket = server.accept();
                InputStream in = socket.getInputStream()) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            Files.copy(in, file);
        }
    }

    /** Serves one file by HTTP on the loopback address; the caller stops it. */
    static HttpServer serve(Path file) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, Files.size(file));
            try (OutputStream body = exchange.getResponseBody()) {
                Files.copy(file, body);
            }
        });
        server.start();
        return server;
    }

    /** Pings from the host. */
    static void ping(String guest) throws IOException {
        ping(guest, 56);
    }

    /** @param size bytes of data */
    static void ping(String guest, int size) throws IOException {
        assertThat(Lab.command("busybox", "ping", "-c", "3", "-W", "5", "-s", Integer.toString(size), guest))
                .contains("0% packet loss");
    }
}
