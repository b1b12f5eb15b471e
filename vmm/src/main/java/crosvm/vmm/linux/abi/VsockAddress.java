package crosvm.vmm.linux.abi;

/** Addresses of sockets between host and guest (linux/vm_sockets.h; vsock(7)). */
public final class VsockAddress {
    private static final Struct.Builder S = Struct.named("sockaddr_vm");
    public static final Field FAMILY = S.u16("svm_family");
    public static final Field RESERVED = S.u16("svm_reserved1");
    /** 0 to 0xfffffffe. */
    public static final Field PORT = S.u32("svm_port");
    /** The context id: of a guest, or one of those below. */
    public static final Field CID = S.u32("svm_cid");

    public static final Struct LAYOUT = S.build(16);

    public static final int AF_VSOCK = 40;
    /** Of whoever asks: a listener takes connections to every id that is its own. */
    public static final long CID_ANY = 0xffff_ffffL;
    /** The machine itself (VMADDR_CID_LOCAL). */
    public static final long CID_LOCAL = 1;
    /** The host, as guests address it. */
    public static final long CID_HOST = 2;
    /** The highest port; 0xffffffff, VMADDR_PORT_ANY, lets the kernel choose one. */
    public static final long MAX_PORT = 0xffff_fffeL;

    private VsockAddress() {}
}
