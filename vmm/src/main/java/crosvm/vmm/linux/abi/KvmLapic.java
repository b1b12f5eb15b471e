package crosvm.vmm.linux.abi;

/** {@code struct kvm_lapic_state} (asm/kvm.h): the local APIC's register page, each register at its APIC offset. */
public final class KvmLapic {
    private static final Struct.Builder S = Struct.named("kvm_lapic_state");
    public static final Field REGS = S.array("regs", 1, 1024);
    public static final Struct LAYOUT = S.build();

    /** Local vector table entries of the pins LINT0 and LINT1 (Intel SDM vol. 3, 11.5.1). */
    public static final int LVT_LINT0 = 0x350;

    public static final int LVT_LINT1 = 0x360;

    private KvmLapic() {}
}
