package crosvm.vmm.linux.abi;

/** What sendmsg(2) and recvmsg(2) on Unix sockets take (sys/socket.h, sys/un.h, sys/uio.h). */
public final class SocketMessage {
    private static final Struct.Builder MSG = Struct.named("msghdr");
    public static final Field NAME = MSG.u64("msg_name");
    public static final Field NAMELEN = MSG.u32("msg_namelen");
    public static final Field IOV = MSG.u64("msg_iov");
    public static final Field IOVLEN = MSG.u64("msg_iovlen");
    public static final Field CONTROL = MSG.u64("msg_control");
    public static final Field CONTROLLEN = MSG.u64("msg_controllen");
    public static final Field FLAGS = MSG.u32("msg_flags");
    public static final Struct HEADER = MSG.build();

    private static final Struct.Builder CMSG = Struct.named("cmsghdr");
    public static final Field CMSG_LEN = CMSG.u64("cmsg_len");
    public static final Field CMSG_LEVEL = CMSG.u32("cmsg_level");
    public static final Field CMSG_TYPE = CMSG.u32("cmsg_type");
    /** The data follows right behind it; the next one starts at the next multiple of 8. */
    public static final Struct CONTROL_HEADER = CMSG.build();

    private static final Struct.Builder VECTOR = Struct.named("iovec");
    public static final Field IOV_BASE = VECTOR.u64("iov_base");
    public static final Field IOV_LEN = VECTOR.u64("iov_len");
    public static final Struct IOVEC = VECTOR.build();

    private static final Struct.Builder UNIX = Struct.named("sockaddr_un");
    public static final Field SUN_FAMILY = UNIX.u16("sun_family");
    public static final Field SUN_PATH = UNIX.array("sun_path", 1, 108);
    public static final Struct UNIX_ADDRESS = UNIX.build();

    private static final Struct.Builder CREDENTIALS = Struct.named("ucred");
    public static final Field PEER_PID = CREDENTIALS.u32("pid");
    public static final Field PEER_UID = CREDENTIALS.u32("uid");
    public static final Field PEER_GID = CREDENTIALS.u32("gid");
    /** Who was at the other end when it connected or listened (SO_PEERCRED). */
    public static final Struct PEER = CREDENTIALS.build();

    /** How a connect that did not wait went. */
    public static final int SO_ERROR = 4;

    public static final int SO_PEERCRED = 17;
    public static final int AF_UNIX = 1;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int SOL_SOCKET = 1;
    public static final int SCM_RIGHTS = 1;
    public static final int MSG_CTRUNC = 0x8;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_NOSIGNAL = 0x4000;
    public static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    private SocketMessage() {}
}
