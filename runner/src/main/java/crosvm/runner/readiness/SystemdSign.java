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
 * stream for each message. Anybody in the guest may connect; connections of other machines are hung up on. A systemd before 254
 * knows nothing of it, so a guest that has sent nothing is asked as soon as it can be.
 */
final class SystemdSign implements ReadySign {
    private static final int MAX_MESSAGE = 4096;
    private static final long MESSAGE_MILLISECONDS = 2_000;

    private final long cid;
    private final VsockListener listener;
    private final ReadySign asked;
    private boolean ready;
    private boolean spoken;
    private String status = "";

    /**
     * Listens.
     *
     * @param cid the guest's context id
     * @param asked the same of a guest that does not say it by itself; it becomes this object's
     */
    SystemdSign(long cid, ReadySign asked) {
        this.cid = cid;
        this.asked = asked;
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
        if (!ready && !spoken) {
            String missing = asked.look(1);
            if (missing != null) {
                return "its systemd has not said that it is ready, and cannot be asked: " + missing;
            }
            status = asked.said();
            ready = true;
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
        spoken = true;
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
        asked.close();
    }
}
