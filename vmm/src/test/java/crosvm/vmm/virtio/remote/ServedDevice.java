package crosvm.vmm.virtio.remote;

import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.List;

/** A vhost-user back-end on a thread of the test, with the socket that leads to it. */
final class ServedDevice implements AutoCloseable {
    final UnixSocket socket;
    private final Thread thread;
    private volatile RuntimeException end;

    ServedDevice(VirtioDevice device, VhostUserServer.Memory trust) {
        this(new ThreadBackend(device), trust);
    }

    ServedDevice(VirtioBackend device, VhostUserServer.Memory trust) {
        List<UnixSocket> pair = UnixSocket.pair("vhost-user test");
        socket = pair.get(0);
        thread = new Thread(
                () -> {
                    try (VhostUserServer server = new VhostUserServer(device, new Connection(pair.get(1)), trust)) {
                        server.serve();
                    } catch (RuntimeException e) {
                        end = e;
                    }
                },
                "vhost-user server");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits for the server to have ended. @return why, null for a hang-up */
    RuntimeException awaitEnd() {
        try {
            thread.join(20_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (thread.isAlive()) {
            AssertionError hanging = new AssertionError("the server has not ended within 20 s");
            hanging.setStackTrace(thread.getStackTrace());
            throw hanging;
        }
        return end;
    }

    boolean isServing() {
        return thread.isAlive();
    }

    /** Hangs up and waits. */
    @Override
    public void close() {
        socket.shutdown();
        awaitEnd();
        socket.close();
    }
}
