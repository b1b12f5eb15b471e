package crosvm.vmm.vhostuser;

import org.jspecify.annotations.Nullable;

/**
 * What a front-end may ask of a back-end: the numbers of the specification and the shape each request must have. What is
 * not here (logging, migration, crypto, in-band notifications …) belongs to protocol features that are never offered.
 */
public enum Request {
    GET_FEATURES(1, Payload.NONE, 0, 0, Reply.U64),
    SET_FEATURES(2, Payload.U64, 0, 0, Reply.ACK),
    SET_OWNER(3, Payload.NONE, 0, 0, Reply.ACK),
    RESET_OWNER(4, Payload.NONE, 0, 0, Reply.ACK),
    SET_MEM_TABLE(5, Payload.MEMORY, 0, 8, Reply.ACK),
    SET_VRING_NUM(8, Payload.STATE, 0, 0, Reply.ACK),
    SET_VRING_ADDR(9, Payload.ADDRESS, 0, 0, Reply.ACK),
    SET_VRING_BASE(10, Payload.STATE, 0, 0, Reply.ACK),
    GET_VRING_BASE(11, Payload.STATE, 0, 0, Reply.STATE),
    SET_VRING_KICK(12, Payload.U64, 0, 1, Reply.ACK),
    SET_VRING_CALL(13, Payload.U64, 0, 1, Reply.ACK),
    SET_VRING_ERR(14, Payload.U64, 0, 1, Reply.ACK),
    GET_PROTOCOL_FEATURES(15, Payload.NONE, 0, 0, Reply.U64),
    SET_PROTOCOL_FEATURES(16, Payload.U64, 0, 0, Reply.ACK),
    GET_QUEUE_NUM(17, Payload.NONE, 0, 0, Reply.U64, ProtocolFeature.MQ),
    SET_VRING_ENABLE(18, Payload.STATE, 0, 0, Reply.ACK),
    SET_BACKEND_REQ_FD(21, Payload.NONE, 1, 1, Reply.ACK, ProtocolFeature.BACKEND_REQ),
    GET_CONFIG(24, Payload.CONFIG, 0, 0, Reply.CONFIG, ProtocolFeature.CONFIG),
    SET_CONFIG(25, Payload.CONFIG, 0, 0, Reply.ACK, ProtocolFeature.CONFIG),
    RESET_DEVICE(34, Payload.NONE, 0, 0, Reply.ACK, ProtocolFeature.RESET_DEVICE);

    /** The back-end's one request to the front-end: the configuration space has changed (BACKEND_CONFIG_CHANGE_MSG). */
    public static final int BACKEND_CONFIG_CHANGE = 2;

    private static final Request[] BY_NUMBER = new Request[RESET_DEVICE.number + 1];

    static {
        for (Request request : values()) {
            BY_NUMBER[request.number] = request;
        }
    }

    /** Sizes of payloads in bytes, smallest and largest. */
    private enum Payload {
        NONE(0, 0),
        U64(8, 8),
        STATE(VringState.SIZE, VringState.SIZE),
        ADDRESS(VringAddress.SIZE, VringAddress.SIZE),
        MEMORY(MemoryTable.MIN_SIZE, MemoryTable.MAX_SIZE),
        CONFIG(ConfigAccess.HEADER, ConfigAccess.HEADER + ConfigAccess.MAX_BYTES);

        private final int min;
        private final int max;

        Payload(int min, int max) {
            this.min = min;
            this.max = max;
        }
    }

    /** How a request is answered. */
    public enum Reply {
        /** Only when REPLY_ACK has been negotiated and the request asks for it: 0 for success, else failure. */
        ACK,
        U64,
        STATE,
        CONFIG
    }

    private final int number;
    private final Payload payload;
    private final int minFds;
    private final int maxFds;
    private final Reply reply;
    private final long needs;

    Request(int number, Payload payload, int minFds, int maxFds, Reply reply) {
        this(number, payload, minFds, maxFds, reply, 0);
    }

    Request(int number, Payload payload, int minFds, int maxFds, Reply reply, long needs) {
        this.number = number;
        this.payload = payload;
        this.minFds = minFds;
        this.maxFds = maxFds;
        this.reply = reply;
        this.needs = needs;
    }

    public int number() {
        return number;
    }

    public Reply reply() {
        return reply;
    }

    /** The request with this number, or null. */
    public static @Nullable Request of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    /** Whether it may be sent when these protocol features have been negotiated. */
    public boolean isLegalWith(long protocolFeatures) {
        return (protocolFeatures & needs) == needs;
    }

    /** @throws VhostUserException when the message has not this request's size or number of descriptors */
    public void check(Message message) {
        int size = message.payload().capacity();
        int fds = message.fds().size();
        if (size < payload.min || size > payload.max) {
            throw new VhostUserException(this + " with a payload of " + size + " bytes, not " + payload.min
                    + (payload.min == payload.max ? "" : " to " + payload.max));
        }
        if (fds < minFds || fds > maxFds) {
            throw new VhostUserException(this + " with " + fds + " descriptors");
        }
    }
}
