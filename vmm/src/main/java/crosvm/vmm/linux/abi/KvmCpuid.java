package crosvm.vmm.linux.abi;

/** {@code struct kvm_cpuid2}: a header, then {@code nent} entries (asm/kvm.h). */
public final class KvmCpuid {
    private static final Struct.Builder H = Struct.named("kvm_cpuid2");
    public static final Field NENT = H.u32("nent");
    public static final Field PADDING = H.u32("padding");
    public static final Struct HEADER = H.build();

    private static final Struct.Builder E = Struct.named("kvm_cpuid_entry2");
    public static final Field FUNCTION = E.u32("function");
    public static final Field INDEX = E.u32("index");
    public static final Field FLAGS = E.u32("flags");
    public static final Field EAX = E.u32("eax");
    public static final Field EBX = E.u32("ebx");
    public static final Field ECX = E.u32("ecx");
    public static final Field EDX = E.u32("edx");
    public static final Field ENTRY_PADDING = E.array("padding", 4, 3);
    public static final Struct ENTRY = E.build();

    /** KVM_CPUID_FLAG_SIGNIFCANT_INDEX (sic): the entry holds for its index (ECX) only. */
    public static final int FLAG_SIGNIFICANT_INDEX = 1;

    private KvmCpuid() {}
}
