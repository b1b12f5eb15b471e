package crosvm.runner.readiness;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.VsockSocket;
import org.jspecify.annotations.Nullable;

/** A vsock port of the guest that takes connections: the guest's kernel answers for a program that listens. */
final class VsockSign implements ReadySign {
    private final long cid;
    private final long port;

    VsockSign(long cid, long port) {
        this.cid = cid;
        this.port = port;
    }

    /** The kernel waits two seconds at most for the guest's answer. */
    @Override
    public @Nullable String look(int patienceMilliseconds) throws InterruptedException {
        try (VsockSocket socket = VsockSocket.connect(cid, port)) {
            socket.shutdown();
            return null;
        } catch (ErrnoException e) {
            Thread.sleep(patienceMilliseconds);
            return "vsock port " + port + " takes no connections: "
                    + (e.errno() == Errno.ECONNRESET ? "nobody listens there" : String.valueOf(e.getMessage()));
        }
    }
}
