package crosvm.vmm.linux.abi;

/** {@code struct stat} of x86-64 (asm/stat.h), as far as files and their sizes go. */
public final class Stat {
    private static final Struct.Builder S = Struct.named("stat");
    public static final Field DEV = S.u64("st_dev");
    public static final Field INO = S.u64("st_ino");
    public static final Field NLINK = S.u64("st_nlink");
    public static final Field MODE = S.u32("st_mode");
    public static final Field UID = S.u32("st_uid");
    public static final Field GID = S.u32("st_gid");
    public static final Field PAD = S.u32("__pad0");
    public static final Field RDEV = S.u64("st_rdev");
    public static final Field SIZE = S.u64("st_size");
    public static final Field BLKSIZE = S.u64("st_blksize");
    public static final Field BLOCKS = S.u64("st_blocks");
    /** Times make 144 bytes in all. */
    public static final Struct LAYOUT = S.build(144);

    public static final int S_IFMT = 0xf000;
    public static final int S_IFREG = 0x8000;
    public static final int S_IFBLK = 0x6000;
    public static final int S_IFDIR = 0x4000;
    public static final int S_IFSOCK = 0xc000;
    public static final int S_IFIFO = 0x1000;

    private Stat() {}
}
