package crosvm.vmm.linux.abi;

/** {@code struct kvm_lapic_state} (asm/kvm.h): the local APIC's register page, each register at its APIC offset. */
public final class KvmLapic {
    private static final Struct.Builder S = Struct.named("kvm_lapic_state");
    public static final Field REGS = S.array("regs", 1, 1024);
    public static final Struct LAYOUT = S.build();

    /** Registers a guest's state is told by: offsets of 32 bits each, and of the 256 bits of requests and of what is in service. */
    public static final int ID = 0x20;

    public static final int TASK_PRIORITY = 0x80;
    public static final int SPURIOUS = 0xf0;
    public static final int IN_SERVICE = 0x100;
    public static final int REQUESTS = 0x200;
    public static final int LVT_TIMER = 0x320;
    public static final int INITIAL_COUNT = 0x380;
    public static final int CURRENT_COUNT = 0x390;

    /** Local vector table entries of the pins LINT0 and LINT1 (Intel SDM vol. 3, 11.5.1). */
    public static final int LVT_LINT0 = 0x350;

    public static final int LVT_LINT1 = 0x360;

    private KvmLapic() {}
}
