package crosvm.vmm.linux.abi;

/** {@code struct kvm_msrs}: a header, then {@code nmsrs} entries (asm/kvm.h). */
public final class KvmMsrs {
    private static final Struct.Builder H = Struct.named("kvm_msrs");
    public static final Field NMSRS = H.u32("nmsrs");
    public static final Field PAD = H.u32("pad");
    public static final Struct HEADER = H.build();

    private static final Struct.Builder E = Struct.named("kvm_msr_entry");
    public static final Field INDEX = E.u32("index");
    public static final Field RESERVED = E.u32("reserved");
    public static final Field DATA = E.u64("data");
    public static final Struct ENTRY = E.build();

    private KvmMsrs() {}
}
