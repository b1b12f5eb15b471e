package crosvm.vmm.device.wl;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.DescriptorMessages;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Connections and pipes: waits for them and moves what goes over them, each in its own order. A message that the host does not
 * take at once waits in the guest's buffers, and so do those behind it on the same stream; nothing is read while the guest
 * has no buffers. Belongs to the device's worker.
 */
final class VfdStreams {
    /** Messages that may wait for the host at once, all streams together; then the guest's commands wait, too. */
    static final int MAX_STALLED = 16;

    private final Vfds vfds;
    private final InQueue toGuest;
    private final DeviceLog log;
    private final QueueContext.Handler onCommands;
    private final DescriptorMessages messages = new DescriptorMessages(0);
    private final IoVectors vectors = new IoVectors(IoVectors.MAX);
    private @Nullable QueueContext in;
    private @Nullable QueueContext out;
    private @Nullable OutQueue answers;
    private boolean transitional;
    private boolean reading;
    private int stalled;
    private boolean commandsWait;

    /** @param onCommands called when {@link #commandsMustWait} has held the guest's commands up and does no more */
    VfdStreams(Vfds vfds, DeviceLog log, QueueContext.Handler onCommands) {
        this.vfds = vfds;
        this.toGuest = new InQueue(vfds, log, this::watch);
        this.log = log;
        this.onCommands = onCommands;
    }

    /** @param flags whether F_TRANS_FLAGS was negotiated */
    void setTransitional(boolean flags) {
        transitional = flags;
    }

    void startIn(QueueContext context) {
        in = context;
        toGuest.setRing(context.ring());
    }

    void startOut(QueueContext context, OutQueue queue) {
        out = context;
        answers = queue;
    }

    /** The in queue has stopped, and with it every watch. Messages that wait for the host go on waiting. */
    void stopIn() {
        in = null;
        toGuest.setRing(null);
        reading = false;
        vfds.all().forEach(this::watchAnew);
    }

    /** The out queue is stopping: what has not been sent by now never is, and the guest is told so. */
    void stopOut() {
        commandsWait = false;
        try {
            for (Vfd vfd : vfds.all()) {
                answerStalled(vfd, WlProtocol.RESP_ERR);
            }
        } catch (QueueBroken e) {
            log.report("the guest's driver: " + e.rule());
        }
        out = null;
        answers = null;
        vfds.all().forEach(this::watchAnew);
    }

    /** The guest has posted buffers, or may have. */
    void deliver() throws QueueBroken {
        setReading(toGuest.ready(transitional));
    }

    private void setReading(boolean now) {
        if (reading != now) {
            reading = now;
            vfds.all().forEach(this::watch);
        }
    }

    /** Waits for what is of interest about this stream now. */
    void watch(Vfd vfd) {
        int interest = vfd.stalled.isEmpty() ? 0 : EventLoop.WRITABLE;
        if (reading && vfd.guestReads()) {
            interest |= EventLoop.READABLE;
        }
        // A pipe that is only written to ends when nobody reads it any more, which is told without being asked for.
        boolean wanted = interest != 0 || reading && vfd.guestWrites();
        QueueContext context = in != null ? in : out;
        if (vfd.ended || vfd.local() == null || context == null || !wanted) {
            unwatch(vfd);
        } else if (vfd.watch == null || vfd.interest != interest) {
            unwatch(vfd);
            vfd.watch = context.watch(vfd.local(), interest, () -> isReady(vfd));
            vfd.interest = interest;
        }
    }

    private static void unwatch(Vfd vfd) {
        if (vfd.watch != null) {
            vfd.watch.cancel();
            vfd.watch = null;
        }
    }

    private void watchAnew(Vfd vfd) {
        unwatch(vfd);
        watch(vfd);
    }

    private void isReady(Vfd vfd) throws QueueBroken {
        boolean hadStalled = !vfd.stalled.isEmpty();
        if (hadStalled) {
            resume(vfd);
        }
        if (vfd.ended || !reading) {
            return;
        }
        if (vfd.guestReads()) {
            if (toGuest.ready(transitional) && !toGuest.read(vfd)) {
                end(vfd);
            }
            deliver();
        } else if (!hadStalled) {
            end(vfd); // Only written to, and woken nevertheless.
        }
    }

    private void resume(Vfd vfd) throws QueueBroken {
        while (!vfd.stalled.isEmpty()) {
            int result = attempt(vfd, vfd.stalled.element());
            if (result == -Errno.EAGAIN.code()) {
                break;
            }
            if (result < 0) {
                end(vfd);
                break;
            }
            answer(vfd.stalled.remove(), WlProtocol.RESP_OK);
        }
        afterAnswers();
        watch(vfd);
    }

    private int attempt(Vfd vfd, PendingSend send) throws QueueBroken {
        return send.attempt(vfd, Objects.requireNonNull(vfd.local()), messages, vectors);
    }

    /** Answers a message that had to wait. */
    private void answer(PendingSend send, int code) throws QueueBroken {
        stalled--;
        send.close();
        if (answers != null) {
            answers.answer(send.chain(), code);
        }
    }

    private void answerStalled(Vfd vfd, int code) throws QueueBroken {
        while (!vfd.stalled.isEmpty()) {
            answer(vfd.stalled.remove(), code);
        }
        afterAnswers();
    }

    private void afterAnswers() {
        if (answers != null) {
            answers.notifyDriver();
        }
        if (commandsWait && stalled < MAX_STALLED && out != null) {
            commandsWait = false;
            out.after(0, onCommands); // On the out queue's own turn, as above.
        }
    }

    /** Whether the next command must wait until the host has taken something. */
    boolean commandsMustWait() {
        commandsWait = stalled >= MAX_STALLED;
        return commandsWait;
    }

    /**
     * Sends a message, or has it wait its turn.
     *
     * @return the answer, or 0 when it waits and will be answered later
     */
    int send(Vfd vfd, PendingSend send) throws QueueBroken {
        int result = vfd.stalled.isEmpty() ? attempt(vfd, send) : -Errno.EAGAIN.code();
        if (result == 0) {
            return WlProtocol.RESP_OK;
        }
        if (result != -Errno.EAGAIN.code()) {
            end(vfd);
            return WlProtocol.RESP_INVALID_TYPE;
        }
        send.hold();
        vfd.stalled.add(send);
        stalled++;
        watch(vfd);
        return 0;
    }

    /** The other side has gone, or cannot be followed any more. */
    private void end(Vfd vfd) throws QueueBroken {
        if (vfd.ended) {
            return;
        }
        vfd.ended = true;
        unwatch(vfd);
        answerStalled(vfd, WlProtocol.RESP_INVALID_TYPE);
        toGuest.hangUp(vfd);
        if (in != null) {
            in.after(0, this::deliver); // On the in queue's own turn, which tells the driver when to kick.
        }
    }

    /** The guest has closed the vfd: with it goes what came over it and the guest does not know of yet. */
    void close(Vfd vfd) throws QueueBroken {
        answerStalled(vfd, WlProtocol.RESP_INVALID_ID);
        for (Vfd unknown : toGuest.forget(vfd)) {
            close(unknown);
        }
        vfds.close(vfd);
    }

    /** Both queues have stopped and all vfds go. */
    void clear() {
        toGuest.clear();
    }
}
