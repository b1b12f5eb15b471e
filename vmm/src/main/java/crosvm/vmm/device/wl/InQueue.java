package crosvm.vmm.device.wl;

import crosvm.vmm.linux.DescriptorMessages;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the guest what comes from the host. Streams are read only while the guest has posted buffers and what was read before
 * is delivered, so that nothing heaps up here: a guest that does not listen makes the compositor wait. Belongs to the
 * device's worker.
 */
final class InQueue {
    /** Bytes of data in one message: with the most vfds, header and ids it fills the page that drivers post. */
    static final int MAX_DATA = WlProtocol.PAGE - WlProtocol.SEND_SIZE - 4 * WlProtocol.MAX_FDS;

    private final Vfds vfds;
    private final DeviceLog log;
    private final Consumer<Vfd> onMade;
    private final DescriptorMessages messages = new DescriptorMessages(WlProtocol.MAX_FDS);
    private final NativeBuffer data = NativeBuffer.allocate(MAX_DATA);
    private final IoVectors vectors = new IoVectors(1);
    private final ArrayDeque<WlMessage> pending = new ArrayDeque<>();
    private @Nullable SplitQueue ring;

    /** @param onMade told of each vfd that a descriptor of the host has become */
    InQueue(Vfds vfds, DeviceLog log, Consumer<Vfd> onMade) {
        this.vfds = vfds;
        this.log = log;
        this.onMade = onMade;
    }

    /** The queue's ring while it runs, else null. */
    void setRing(@Nullable SplitQueue started) {
        ring = started;
    }

    /** @return whether all that was to be told is told, and there is a buffer for more */
    boolean ready(boolean transitional) throws QueueBroken {
        SplitQueue in = ring;
        if (in == null || !flush(in, transitional) || !in.pop()) {
            return false;
        }
        in.undoPop();
        return true;
    }

    private boolean flush(SplitQueue in, boolean transitional) throws QueueBroken {
        while (!pending.isEmpty()) {
            if (!in.pop()) {
                return false;
            }
            WlMessage message = pending.element();
            long room = in.chain().writableBytes();
            if (room < message.least()) {
                log.report("the guest's driver posts buffers of " + room + " bytes, " + message.least()
                        + " are needed; returned empty");
                in.push(0);
                continue;
            }
            pending.remove();
            byte[] bytes = message.encode(room, transitional);
            in.chain().write(0, bytes, 0, bytes.length);
            in.push(bytes.length);
            WlMessage rest = message.after(bytes.length);
            if (rest != null) {
                pending.addFirst(rest);
            }
        }
        return true;
    }

    /**
     * Reads a stream once. To be called when {@link #ready}.
     *
     * @return false when the stream has ended
     */
    boolean read(Vfd vfd) {
        Fd from = Objects.requireNonNull(vfd.local());
        List<Fd> fds = new ArrayList<>();
        long got;
        if (vfd.kind() == Vfd.Kind.SOCKET) {
            got = messages.receive(from, data, 0, data.size(), fds);
        } else {
            vectors.clear();
            vectors.add(data.address(), data.size());
            got = vectors.read(from);
        }
        if (got > 0 && vfds.hasRoomFor(fds.size())) {
            take(vfd, (int) got, fds);
            return true;
        }
        fds.forEach(Fd::close);
        if (got > 0) {
            log.report("the guest has " + Vfds.MAX_VFDS + " vfds and the compositor sends more; connection closed");
            return false;
        }
        if (got == -Errno.E2BIG.code()) {
            log.report("a message of the compositor brings more descriptors than " + WlProtocol.MAX_FDS
                    + ", or than this process may have; connection closed");
        }
        return got == -Errno.EAGAIN.code() || got == -Errno.EINTR.code();
    }

    private void take(Vfd vfd, int length, List<Fd> fds) {
        int[] ids = new int[fds.size()];
        for (int i = 0; i < ids.length; i++) {
            Vfd made = vfds.adopt(fds.get(i));
            ids[i] = made.id();
            pending.add(WlMessage.announce(vfd, made));
            onMade.accept(made);
        }
        byte[] bytes = new byte[length];
        data.bytes().get(0, bytes);
        pending.add(WlMessage.received(vfd, ids, bytes));
    }

    /** The guest is to hear that the other side has gone. */
    void hangUp(Vfd vfd) {
        pending.add(WlMessage.hangUp(vfd));
    }

    /**
     * The guest has closed a vfd: it hears no more of it.
     *
     * @return the vfds that came over it and were not announced yet
     */
    List<Vfd> forget(Vfd vfd) {
        List<Vfd> unknown = new ArrayList<>();
        for (WlMessage message : pending) {
            if (message.over() == vfd && message.announced() != null && message.announced() != vfd) {
                unknown.add(message.announced());
            }
        }
        pending.removeIf(message -> message.over() == vfd || message.announced() == vfd);
        return unknown;
    }

    /** All vfds are gone. */
    void clear() {
        pending.clear();
    }
}
