package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device process does of its own accord, seen on the event loop: it hangs up, reports a broken ring, announces a
 * change of its configuration space. However much of that a hostile process sends, the loop gives it a moment every
 * {@value #PAUSE_MILLISECONDS} ms and no more. The handlers run on the loop's thread; the lock keeps them from what
 * {@link #close()} has closed.
 */
final class RemoteEvents implements AutoCloseable {
    static final int PAUSE_MILLISECONDS = 10;

    private static final int MESSAGES_AT_ONCE = 64;
    private static final long SUCCESS = 0;
    private static final long FAILURE = 1;

    private final VhostUserBackend backend;
    private final Connection connection;
    private final EventFd error;
    private final EventLoop loop;
    private EventLoop.@Nullable Watch hangUp;
    private EventLoop.@Nullable Watch errors;
    private EventLoop.@Nullable Watch announcements;
    private @Nullable Connection channel;
    private boolean closed;

    RemoteEvents(VhostUserBackend backend, Connection connection, EventFd error, EventLoop loop) {
        this.backend = backend;
        this.error = error;
        this.loop = loop;
        this.connection = connection;
        watchErrors();
    }

    /** At the end of the session's opening, of which whoever opens it sees a hang-up. */
    void open(FrontEnd frontEnd) {
        openChannel(frontEnd);
        synchronized (this) {
            hangUp = loop.watch(connection.fd(), EventLoop.PEER_CLOSED, events -> onHangUp());
        }
    }

    /** Gives the back-end a socket for its announcements, if it wants one. */
    private void openChannel(FrontEnd frontEnd) {
        if (!frontEnd.has(ProtocolFeature.BACKEND_REQ)) {
            return;
        }
        List<UnixSocket> pair = UnixSocket.pair(backend.name() + " announcements");
        try (UnixSocket theirs = pair.get(1)) {
            synchronized (this) {
                channel = new Connection(pair.get(0));
                watchAnnouncements(channel);
            }
            frontEnd.tell(Request.SET_BACKEND_REQ_FD, Message.payload(0), theirs.fd());
        }
    }

    private void onHangUp() {
        synchronized (this) {
            if (closed || hangUp == null) {
                return;
            }
            hangUp.close();
        }
        backend.died("its process hung up");
    }

    /** After an error has been reported and the device has been reset, the next error counts again. */
    synchronized void watchErrors() {
        if (errors == null && !closed) {
            error.drainShared();
            errors = loop.watch(error.fd(), EventLoop.READABLE, events -> onError());
        }
    }

    private void onError() {
        synchronized (this) {
            if (closed || errors == null) {
                return;
            }
            errors.close();
            errors = null;
        }
        backend.ringFailed();
    }

    private void watchAnnouncements(Connection from) {
        announcements = loop.watch(from.fd(), EventLoop.READABLE | EventLoop.PEER_CLOSED, events -> onAnnouncement());
    }

    private void onAnnouncement() {
        boolean changed = false;
        String wrong = null;
        synchronized (this) {
            if (closed || channel == null || announcements == null) {
                return;
            }
            announcements.close();
            announcements = null;
            try {
                changed = readAnnouncements(channel);
                if (channel.ended()) {
                    closeChannel(); // Nothing more will be announced, which is allowed.
                } else {
                    loop.after(PAUSE_MILLISECONDS, this::resume);
                }
            } catch (VhostUserException e) {
                closeChannel();
                wrong = String.valueOf(e.getMessage());
            }
        }
        if (wrong != null) {
            backend.died(wrong);
        } else if (changed) {
            backend.configChanged();
        }
    }

    private synchronized void resume() {
        if (!closed && channel != null && announcements == null) {
            watchAnnouncements(channel);
        }
    }

    private static boolean readAnnouncements(Connection from) {
        boolean changed = false;
        for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
            try (Message message = from.poll()) {
                if (message == null) {
                    break;
                }
                if (!message.isRequest()) {
                    throw new VhostUserException(
                            "its process announces " + message.request() + ", which is not a request");
                }
                boolean known = message.request() == Request.BACKEND_CONFIG_CHANGE
                        && message.payload().capacity() == 0
                        && message.fds().isEmpty();
                changed |= known;
                if (message.needsReply() && !from.offer(message.reply(Message.u64(known ? SUCCESS : FAILURE)))) {
                    throw new VhostUserException("its process does not read the replies it asks for");
                }
            }
        }
        return changed;
    }

    private void closeChannel() {
        if (announcements != null) {
            announcements.close();
            announcements = null;
        }
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (hangUp != null) {
            hangUp.close();
        }
        if (errors != null) {
            errors.close();
            errors = null;
        }
        closeChannel();
    }
}
