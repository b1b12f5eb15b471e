package crosvm.vmm.virtio.remote;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Requests to a back-end and its answers, one at a time, none waited for longer than the time-out. Everything that comes
 * back is checked: the back-end may be hostile. Used by one thread at a time.
 */
final class FrontEnd {
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    private final Connection connection;
    private final int timeoutMilliseconds;
    private long allowance = -1;
    private long protocolFeatures;
    private boolean negotiable;

    FrontEnd(Connection connection, int timeoutMilliseconds) {
        this.connection = connection;
        this.timeoutMilliseconds = timeoutMilliseconds;
    }

    /**
     * Opens the session: features, protocol features, ownership.
     *
     * @return the virtio features offered
     * @throws VhostUserException when the back-end does not speak the protocol
     */
    long open() {
        long features = getU64(Request.GET_FEATURES);
        negotiable = (features & ProtocolFeature.NEGOTIABLE) != 0;
        if (negotiable) {
            long wanted = getU64(Request.GET_PROTOCOL_FEATURES) & ProtocolFeature.ALL;
            tell(Request.SET_PROTOCOL_FEATURES, Message.u64(wanted));
            protocolFeatures = wanted;
        }
        tell(Request.SET_OWNER, Message.payload(0));
        return features & ~ProtocolFeature.NEGOTIABLE;
    }

    /** @throws VhostUserException when the back-end tells how many queues it has and these are too few */
    void requireQueues(int needed) {
        if (!has(ProtocolFeature.MQ)) {
            return;
        }
        long queues = getU64(Request.GET_QUEUE_NUM);
        if (queues >= 0 && queues < needed) {
            throw new VhostUserException("its process has " + queues + " queues, needed are " + needed);
        }
    }

    /** No answer is waited for longer than this from now on, nor the one that is being waited for. Any thread. */
    void hurry(int milliseconds) {
        connection.hurry(milliseconds);
    }

    /**
     * Until {@link #endConversation} all waits together last no longer than one answer may take: a process that answers each
     * request just in time must not keep a vCPU, and whoever waits for that, for hours.
     */
    void beginConversation() {
        allowance = timeoutMilliseconds * NANOS_PER_MILLISECOND;
    }

    void endConversation() {
        allowance = -1;
    }

    private Message answer(Request request) {
        int limit = allowance < 0
                ? timeoutMilliseconds
                : (int) Math.max(1, (allowance + NANOS_PER_MILLISECOND - 1) / NANOS_PER_MILLISECOND);
        long start = System.nanoTime();
        Message reply = connection.receive(limit);
        if (allowance >= 0) {
            allowance = Math.max(0, allowance - (System.nanoTime() - start));
        }
        if (reply == null) {
            throw new VhostUserException("its process hung up at " + request);
        }
        return reply;
    }

    /** Whether the back-end knows protocol features, and so rings that are enabled one by one. */
    boolean negotiable() {
        return negotiable;
    }

    boolean has(long protocolFeature) {
        return (protocolFeatures & protocolFeature) != 0;
    }

    /** Asks a question whose answer is a number. */
    long getU64(Request request) {
        return ask(request, Message.payload(0), List.of(), Long.BYTES, false).getLong(0);
    }

    /**
     * Asks a question.
     *
     * @param replySize bytes the answer must have
     */
    ByteBuffer get(Request request, ByteBuffer payload, int replySize) {
        return ask(request, payload, List.of(), replySize, false);
    }

    /** Gives an order. With REPLY_ACK it has been carried out when this returns. */
    void tell(Request request, ByteBuffer payload, Fd... fds) {
        if (!has(ProtocolFeature.REPLY_ACK)) {
            connection.send(Message.request(request.number(), payload, List.of(fds), false), timeoutMilliseconds);
            return;
        }
        long result = ask(request, payload, List.of(fds), Long.BYTES, true).getLong(0);
        if (result != 0) {
            throw new VhostUserException("its process refuses " + request);
        }
    }

    private ByteBuffer ask(Request request, ByteBuffer payload, List<Fd> fds, int replySize, boolean needReply) {
        connection.send(Message.request(request.number(), payload, fds, needReply), timeoutMilliseconds);
        try (Message reply = answer(request)) {
            if (!reply.isReplyTo(request.number())) {
                throw new VhostUserException("its process answers " + request + " with " + reply);
            }
            if (reply.payload().capacity() != replySize) {
                throw new VhostUserException("its process answers " + request + " with "
                        + reply.payload().capacity() + " bytes, not " + replySize);
            }
            return reply.payload();
        }
    }
}
