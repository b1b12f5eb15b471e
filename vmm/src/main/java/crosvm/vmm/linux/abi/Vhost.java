package crosvm.vmm.linux.abi;

/** The structs a virtqueue is handed to the kernel with (linux/vhost_types.h). */
public final class Vhost {
    private static final Struct.Builder S = Struct.named("vhost_vring_state");
    public static final Field STATE_INDEX = S.u32("index");
    public static final Field STATE_NUM = S.u32("num");
    public static final Struct STATE = S.build();

    private static final Struct.Builder F = Struct.named("vhost_vring_file");
    public static final Field FILE_INDEX = F.u32("index");
    public static final Field FILE_FD = F.u32("fd");
    public static final Struct FILE = F.build();

    /** In place of a descriptor: forget the one given before. */
    public static final int VHOST_FILE_UNBIND = -1;

    private static final Struct.Builder A = Struct.named("vhost_vring_addr");
    public static final Field ADDR_INDEX = A.u32("index");
    public static final Field ADDR_FLAGS = A.u32("flags");
    public static final Field ADDR_DESC = A.u64("desc_user_addr");
    public static final Field ADDR_USED = A.u64("used_user_addr");
    public static final Field ADDR_AVAIL = A.u64("avail_user_addr");
    public static final Field ADDR_LOG = A.u64("log_guest_addr");
    public static final Struct ADDR = A.build();

    private static final Struct.Builder R = Struct.named("vhost_memory_region");
    public static final Field REGION_GUEST_PHYS_ADDR = R.u64("guest_phys_addr");
    public static final Field REGION_MEMORY_SIZE = R.u64("memory_size");
    public static final Field REGION_USERSPACE_ADDR = R.u64("userspace_addr");
    public static final Field REGION_FLAGS_PADDING = R.u64("flags_padding");
    public static final Struct REGION = R.build();

    private static final Struct.Builder M = Struct.named("vhost_memory");
    public static final Field MEMORY_NREGIONS = M.u32("nregions");
    public static final Field MEMORY_PADDING = M.u32("padding");
    /** Followed by as many regions. */
    public static final Struct MEMORY = M.build();

    private Vhost() {}
}
