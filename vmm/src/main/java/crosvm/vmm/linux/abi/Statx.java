package crosvm.vmm.linux.abi;

/** {@code struct statx} (linux/stat.h), as far as files and their sizes go. */
public final class Statx {
    private static final Struct.Builder S = Struct.named("statx");
    public static final Field MASK = S.u32("stx_mask");
    public static final Field BLKSIZE = S.u32("stx_blksize");
    public static final Field ATTRIBUTES = S.u64("stx_attributes");
    public static final Field NLINK = S.u32("stx_nlink");
    public static final Field UID = S.u32("stx_uid");
    public static final Field GID = S.u32("stx_gid");
    public static final Field MODE = S.u16("stx_mode");
    public static final Field INO = S.u64("stx_ino");
    public static final Field SIZE = S.u64("stx_size");
    public static final Field BLOCKS = S.u64("stx_blocks");
    public static final Field ATTRIBUTES_MASK = S.u64("stx_attributes_mask");
    /** Times and device numbers, and what later kernels add, make 256 bytes in all. */
    public static final Struct LAYOUT = S.build(256);

    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int STATX_TYPE = 1;
    public static final int STATX_SIZE = 0x200;
    public static final int STATX_BLOCKS = 0x400;

    public static final int S_IFMT = 0xf000;
    public static final int S_IFREG = 0x8000;
    public static final int S_IFBLK = 0x6000;
    public static final int S_IFDIR = 0x4000;
    public static final int S_IFSOCK = 0xc000;
    public static final int S_IFIFO = 0x1000;

    private Statx() {}
}
