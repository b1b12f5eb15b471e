package crosvm.vmm.storage;

import crosvm.vmm.linux.UnixSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The other end of a {@link QmpConnection}: says what a test has it say, be it in the protocol or not. */
final class FakeMonitor implements AutoCloseable {
    static final String EVENT = "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {}}\n";

    private final UnixSocket theirs;
    private final SocketChannel ours;
    private final BufferedReader requests;

    private FakeMonitor(UnixSocket theirs, SocketChannel ours) {
        this.theirs = theirs;
        this.ours = ours;
        this.requests = new BufferedReader(Channels.newReader(ours, StandardCharsets.UTF_8));
    }

    static FakeMonitor in(Path folder) throws IOException {
        Path path = folder.resolve("monitor.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            UnixSocket theirs = UnixSocket.connect(path.toString());
            return new FakeMonitor(theirs, server.accept());
        }
    }

    /** For a {@link QmpConnection}, which closes it. */
    UnixSocket socket() {
        return theirs;
    }

    void says(String bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8));
        while (left.hasRemaining()) {
            ours.write(left);
        }
    }

    void greets(int major, int minor) throws IOException {
        says("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": " + minor + ", \"major\": " + major
                + "}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}\n");
    }

    String hears() throws IOException {
        return requests.readLine();
    }

    /** On a thread of its own, until the other end has gone: says it again and again, whatever is asked. */
    void repeats(String bytes) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (true) {
                            says(bytes);
                        }
                    } catch (IOException e) {
                        return; // The test is over.
                    }
                },
                "fake-monitor");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        ours.close();
    }
}
