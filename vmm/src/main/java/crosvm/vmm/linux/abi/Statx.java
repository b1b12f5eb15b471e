package crosvm.vmm.linux.abi;

/** {@code struct statx} (linux/stat.h), as far as direct I/O goes. */
public final class Statx {
    private static final Struct.Builder S = Struct.named("statx");
    public static final Field MASK = S.u32("stx_mask");
    /** Linux 6.1's; both 0 where direct I/O is not possible. */
    public static final Field DIO_MEM_ALIGN = S.at("stx_dio_mem_align", 152, 4, 1);

    public static final Field DIO_OFFSET_ALIGN = S.u32("stx_dio_offset_align");
    public static final Struct LAYOUT = S.build(256);

    /** That the two are wanted, and in the mask that they are there. */
    public static final int STATX_DIOALIGN = 0x2000;

    private Statx() {}
}
