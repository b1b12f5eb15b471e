package crosvm.vmm.vhostuser;

import crosvm.vmm.linux.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A vhost-user message. One that was received owns the descriptors that came along: {@link #takeFd} hands them over,
 * {@link #close()} closes what nobody took. One that is to be sent borrows them. Used by one thread.
 */
public final class Message implements AutoCloseable {
    /** Bytes of request, flags and payload size. */
    static final int HEADER = 12;

    /** The longest payload taken; what the protocol knows is shorter. */
    static final int MAX_PAYLOAD = 4096;

    private static final int VERSION_MASK = 3;
    private static final int VERSION = 1;
    private static final int REPLY = 4;
    private static final int NEED_REPLY = 8;

    private final int request;
    private final int flags;
    private final ByteBuffer payload;
    private final List<Fd> fds;
    private final boolean owner;

    private Message(int request, int flags, ByteBuffer payload, List<Fd> fds, boolean owner) {
        this.request = request;
        this.flags = flags;
        this.payload = payload;
        this.fds = fds;
        this.owner = owner;
    }

    static Message received(int request, int flags, ByteBuffer payload, List<Fd> fds) {
        return new Message(request, flags, payload, fds, true);
    }

    /** @param needReply only when REPLY_ACK has been negotiated */
    public static Message request(int request, ByteBuffer payload, List<Fd> fds, boolean needReply) {
        return new Message(request, needReply ? VERSION | NEED_REPLY : VERSION, payload, fds, false);
    }

    /** The reply to this message. */
    public Message reply(ByteBuffer replyPayload) {
        return new Message(request, VERSION | REPLY, replyPayload, List.of(), false);
    }

    /** A zeroed payload to be filled. */
    public static ByteBuffer payload(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static ByteBuffer u64(long value) {
        return payload(Long.BYTES).putLong(0, value);
    }

    public int request() {
        return request;
    }

    int flags() {
        return flags;
    }

    /** Whether version and direction are those of a request. */
    public boolean isRequest() {
        return (flags & (VERSION_MASK | REPLY)) == VERSION;
    }

    /** Whether this is a reply to the request with this number. */
    public boolean isReplyTo(int number) {
        return request == number && (flags & (VERSION_MASK | REPLY)) == (VERSION | REPLY);
    }

    public boolean needsReply() {
        return (flags & NEED_REPLY) != 0;
    }

    /** The whole payload, little-endian, by absolute positions. */
    public ByteBuffer payload() {
        return payload;
    }

    /** The descriptors nobody has taken yet. */
    public List<Fd> fds() {
        return fds;
    }

    /** The first descriptor, which is the caller's from now on. */
    public Fd takeFd() {
        return fds.remove(0);
    }

    /** Closes what a received message still owns. */
    @Override
    public void close() {
        if (owner) {
            for (Fd fd : fds) {
                fd.close();
            }
            fds.clear();
        }
    }

    @Override
    public String toString() {
        Request known = Request.of(request);
        return known == null ? "request " + request : known.name();
    }
}
