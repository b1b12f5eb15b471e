package crosvm.vmm.linux.abi;

/** {@code struct kvm_fpu} (asm/kvm.h). */
public final class KvmFpu {
    private static final Struct.Builder S = Struct.named("kvm_fpu");
    public static final Field FPR = S.nested("fpr", 128, 1);
    public static final Field FCW = S.u16("fcw");
    public static final Field FSW = S.u16("fsw");
    public static final Field FTWX = S.u8("ftwx");
    public static final Field PAD1 = S.u8("pad1");
    public static final Field LAST_OPCODE = S.u16("last_opcode");
    public static final Field LAST_IP = S.u64("last_ip");
    public static final Field LAST_DP = S.u64("last_dp");
    public static final Field XMM = S.nested("xmm", 256, 1);
    public static final Field MXCSR = S.u32("mxcsr");
    public static final Field PAD2 = S.u32("pad2");
    public static final Struct LAYOUT = S.build();

    private KvmFpu() {}
}
