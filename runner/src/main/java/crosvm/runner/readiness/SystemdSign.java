package crosvm.runner.readiness;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.VsockListener;
import crosvm.vmm.linux.abi.VsockAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code READY=1} from the guest's systemd over vsock (sd_notify(3); systemd.system-credentials(7), {@code vmm.notify_socket}): a
 * stream for each message. Anybody in the guest may connect; connections of other machines are hung up on.
 */
final class SystemdSign implements ReadySign {
    private static final int MAX_MESSAGE = 4096;
    private static final long MESSAGE_MILLISECONDS = 2_000;

    private final long cid;
    private final VsockListener listener;
    private boolean ready;
    private String status = "";

    /** @param cid the guest's context id */
    SystemdSign(long cid) {
        this.cid = cid;
        listener = VsockListener.open();
    }

    @Override
    public Map<String, String> credentials() {
        return Map.of("vmm.notify_socket", "vsock-stream:" + VsockAddress.CID_HOST + ":" + listener.port());
    }

    @Override
    public @Nullable String look(int patienceMilliseconds) throws InterruptedException {
        if (!ready && PollSet.readable(listener.fd().number()).await(patienceMilliseconds)) {
            try (Fd connection = listener.accept(cid)) {
                if (connection != null) {
                    take(NotifyMessage.of(message(connection)));
                }
            } catch (ErrnoException e) {
                Thread.sleep(patienceMilliseconds);
                return String.valueOf(e.getMessage());
            }
        }
        return ready
                ? null
                : "its systemd has not said that it is ready"
                        + (status.isEmpty() ? "" : " (its status: " + status + ")");
    }

    /** What comes until the other end closes, as far as it is short and comes soon. */
    private static String message(Fd connection) throws InterruptedException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_MESSAGE);
        long end = System.nanoTime() + MESSAGE_MILLISECONDS * 1_000_000;
        FdChannel channel = FdChannel.withoutWaiting(connection);
        PollSet poll = PollSet.readable(connection.number());
        while (bytes.hasRemaining()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0 || Thread.interrupted()) {
                break;
            }
            if (poll.await((int) left) && channel.read(bytes) < 0) {
                break;
            }
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    private void take(NotifyMessage message) {
        ready |= message.ready();
        status = message.status() == null ? status : message.status();
    }

    @Override
    public String said() {
        return status;
    }

    @Override
    public void close() {
        listener.close();
    }
}
