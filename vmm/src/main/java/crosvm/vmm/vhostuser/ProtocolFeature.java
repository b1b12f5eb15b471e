package crosvm.vmm.vhostuser;

/** The extensions of the protocol that are used here (VHOST_USER_PROTOCOL_F_*), as masks; 0 stands for none. */
public final class ProtocolFeature {
    /** VHOST_USER_F_PROTOCOL_FEATURES: a virtio feature bit which says that there are protocol features at all. */
    public static final long NEGOTIABLE = 1L << 30;

    public static final long MQ = 1L << 0;
    public static final long REPLY_ACK = 1L << 3;
    /** Named SLAVE_REQ in older texts: the back-end may send requests on a socket of its own. */
    public static final long BACKEND_REQ = 1L << 5;

    public static final long CONFIG = 1L << 9;
    public static final long RESET_DEVICE = 1L << 13;

    /** All of the above. */
    public static final long ALL = MQ | REPLY_ACK | BACKEND_REQ | CONFIG | RESET_DEVICE;

    private ProtocolFeature() {}
}
