package crosvm.vmm.device.wl;

import crosvm.vmm.linux.DescriptorMessages;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.util.List;
import java.util.Objects;

/**
 * A message of the guest on its way to the host. Its bytes stay in the guest's buffers until the host takes them. Belongs to
 * the device's worker.
 */
final class PendingSend {
    /** Bytes moved before other streams have their turn. */
    private static final long BYTES_PER_TURN = 1 << 20;

    private final DescriptorChain chain;
    private final List<Vfd> along;
    private List<Fd> fds;
    private boolean held;
    private long offset;
    private long left;

    /** @param along vfds that go with the first byte, all of which can be sent */
    PendingSend(DescriptorChain chain, List<Vfd> along, long offset, long length) {
        this.chain = chain;
        this.along = along;
        this.fds = along.stream()
                .map(vfd -> Objects.requireNonNull(vfd.sendable()))
                .toList();
        this.offset = offset;
        this.left = length;
    }

    DescriptorChain chain() {
        return chain;
    }

    /**
     * Sends what the host takes now.
     *
     * @return 0 when all is sent, -EAGAIN when the rest must wait, or another negative errno
     */
    int attempt(Vfd vfd, Fd to, DescriptorMessages messages, IoVectors vectors) throws QueueBroken {
        long turn = BYTES_PER_TURN;
        while (left > 0) {
            if (turn <= 0) {
                return -Errno.EAGAIN.code();
            }
            vectors.clear();
            chain.addReadable(offset, Math.min(left, turn), vectors);
            long sent = vfd.kind() == Vfd.Kind.SOCKET ? messages.send(to, vectors, fds) : vectors.write(to);
            if (sent > 0) {
                offset += sent;
                left -= sent;
                turn -= sent;
                if (!fds.isEmpty()) {
                    fds = List.of();
                    close();
                    along.forEach(Vfd::sent);
                }
            } else if (sent != -Errno.EINTR.code()) {
                return (int) sent;
            }
        }
        return 0;
    }

    /** It has to wait, and what goes along is kept, even if the guest closes it meanwhile. */
    void hold() {
        if (!fds.isEmpty() && !held) {
            held = true;
            for (Vfd vfd : along) {
                vfd.hold();
            }
        }
    }

    /** Lets go of what goes along. */
    void close() {
        if (held) {
            held = false;
            for (Vfd vfd : along) {
                vfd.release();
            }
        }
    }
}
