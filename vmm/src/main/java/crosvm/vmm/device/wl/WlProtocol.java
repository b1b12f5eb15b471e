package crosvm.vmm.device.wl;

/** The numbers of linux/virtio_wl.h. All fields are little-endian. */
final class WlProtocol {
    /** Queue from the host to the guest. */
    static final int QUEUE_IN = 0;
    /** Queue from the guest to the host. */
    static final int QUEUE_OUT = 1;

    /** VIRTIO_WL_F_TRANS_FLAGS: a vfd's flags say which way data goes, no more how it is used. */
    static final long F_TRANS_FLAGS = 1L << 1;

    static final int VFD_NEW = 256;
    static final int VFD_CLOSE = 257;
    static final int VFD_SEND = 258;
    static final int VFD_RECV = 259;
    static final int VFD_NEW_CTX = 260;
    static final int VFD_NEW_PIPE = 261;
    static final int VFD_HUP = 262;

    static final int RESP_OK = 4096;
    static final int RESP_VFD_NEW = 4097;
    /** Chrome OS's driver takes it for the end of the device (ENODEV), so it never answers a single bad request. */
    static final int RESP_ERR = 4352;

    static final int RESP_OUT_OF_MEMORY = 4353;
    static final int RESP_INVALID_ID = 4354;
    static final int RESP_INVALID_TYPE = 4355;
    static final int RESP_INVALID_FLAGS = 4356;
    static final int RESP_INVALID_CMD = 4357;

    static final int FLAG_WRITE = 1;
    /** The guest may read; the same bit as {@link #FLAG_MAP}, in the flags of pipes and with F_TRANS_FLAGS. */
    static final int FLAG_READ = 2;

    static final int FLAG_MAP = 2;
    static final int FLAG_CONTROL = 4;

    /** Ids of vfds made by the host start here, those of the guest end here. */
    static final int FIRST_HOST_ID = 0x4000_0000;

    static final int PAGE_SHIFT = 12;
    static final int PAGE = 1 << PAGE_SHIFT;

    /** Descriptors in one message: what libwayland sends at most (MAX_FDS_OUT). */
    static final int MAX_FDS = 28;

    /** Type and flags. */
    static final int HEADER = 8;
    /** Header, id. */
    static final int VFD_SIZE = 12;
    /** Header, id, vfd_count; ids and data follow. */
    static final int SEND_SIZE = 16;
    /** Header, id, flags, pfn, size; C pads it to 32. */
    static final int NEW_SIZE = 28;

    static final int NEW_SIZE_PADDED = 32;
    static final int TYPE_SIZE = 4;

    private WlProtocol() {}
}
