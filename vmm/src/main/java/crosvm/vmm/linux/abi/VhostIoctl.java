package crosvm.vmm.linux.abi;

/** The ioctls of /dev/vhost-net and /dev/vhost-vsock (linux/vhost.h, type 0xAF). */
public final class VhostIoctl {
    private static final int VHOST_VIRTIO = 0xAF;
    private static final int U64 = 8;
    private static final int INT = 4;

    public static final Ioctl GET_FEATURES = Ioctl.read("VHOST_GET_FEATURES", VHOST_VIRTIO, 0x00, U64);
    public static final Ioctl SET_FEATURES = write("VHOST_SET_FEATURES", 0x00, U64);
    public static final Ioctl SET_OWNER = Ioctl.none("VHOST_SET_OWNER", VHOST_VIRTIO, 0x01);
    public static final Ioctl SET_MEM_TABLE = write("VHOST_SET_MEM_TABLE", 0x03, Vhost.MEMORY.size());
    public static final Ioctl SET_VRING_NUM = write("VHOST_SET_VRING_NUM", 0x10, Vhost.STATE.size());
    public static final Ioctl SET_VRING_ADDR = write("VHOST_SET_VRING_ADDR", 0x11, Vhost.ADDR.size());
    public static final Ioctl SET_VRING_BASE = write("VHOST_SET_VRING_BASE", 0x12, Vhost.STATE.size());
    public static final Ioctl GET_VRING_BASE =
            Ioctl.readWrite("VHOST_GET_VRING_BASE", VHOST_VIRTIO, 0x12, Vhost.STATE.size());
    public static final Ioctl SET_VRING_KICK = write("VHOST_SET_VRING_KICK", 0x20, Vhost.FILE.size());
    public static final Ioctl SET_VRING_CALL = write("VHOST_SET_VRING_CALL", 0x21, Vhost.FILE.size());
    public static final Ioctl SET_VRING_ERR = write("VHOST_SET_VRING_ERR", 0x22, Vhost.FILE.size());
    public static final Ioctl NET_SET_BACKEND = write("VHOST_NET_SET_BACKEND", 0x30, Vhost.FILE.size());
    public static final Ioctl VSOCK_SET_GUEST_CID = write("VHOST_VSOCK_SET_GUEST_CID", 0x60, U64);
    public static final Ioctl VSOCK_SET_RUNNING = write("VHOST_VSOCK_SET_RUNNING", 0x61, INT);

    private VhostIoctl() {}

    private static Ioctl write(String name, int number, int size) {
        return Ioctl.write(name, VHOST_VIRTIO, number, size);
    }
}
