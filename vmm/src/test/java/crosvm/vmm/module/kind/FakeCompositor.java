package crosvm.vmm.module.kind;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A compositor that takes whatever it is sent and answers each message that brings a file with a file of its own. */
final class FakeCompositor implements AutoCloseable {
    private final UnixSocket listener;
    private final List<UnixSocket> connections = new CopyOnWriteArrayList<>();
    final AtomicLong filesSeen = new AtomicLong();

    FakeCompositor(Path path) {
        listener = UnixSocket.listen(path.toString());
        start(this::listen);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "fake compositor");
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        try {
            while (true) {
                UnixSocket connection = listener.accept();
                connections.add(connection);
                start(() -> serve(connection));
            }
        } catch (RuntimeException e) {
            return; // Closed.
        }
    }

    private void serve(UnixSocket connection) {
        NativeBuffer data = NativeBuffer.allocate(4096);
        List<Fd> files = new ArrayList<>();
        while (true) {
            connection.awaitReadable(-1);
            long got = connection.receive(data, 0, data.size(), files);
            boolean answer = !files.isEmpty();
            filesSeen.addAndGet(files.size());
            files.forEach(Fd::close);
            files.clear();
            if (got == -Errno.EAGAIN.code()) {
                continue;
            }
            if (got <= 0) {
                connections.remove(connection);
                connection.close();
                return;
            }
            if (answer) {
                try (Fd keymap = Memfd.sealed("fake keymap", 4096)) {
                    connection.send(data, 0, 1, List.of(keymap));
                }
            }
        }
    }

    /** As when it is killed: all connections end, and nobody listens any more. */
    void die() {
        listener.shutdown();
        connections.forEach(UnixSocket::shutdown);
    }

    @Override
    public void close() {
        die();
        listener.close();
    }
}
