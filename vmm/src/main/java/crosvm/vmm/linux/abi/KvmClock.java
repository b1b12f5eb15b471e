package crosvm.vmm.linux.abi;

/** {@code struct kvm_clock_data} (linux/kvm.h), for KVM_GET_CLOCK and KVM_SET_CLOCK. */
public final class KvmClock {
    private static final Struct.Builder S = Struct.named("kvm_clock_data");
    /** Nanoseconds, as the guest's kvmclock shows them. */
    public static final Field CLOCK = S.u64("clock");

    public static final Field FLAGS = S.u32("flags");
    public static final Field PAD0 = S.u32("pad0");
    public static final Field REALTIME = S.u64("realtime");
    public static final Field HOST_TSC = S.u64("host_tsc");
    public static final Field PAD = S.array("pad", 4, 4);
    public static final Struct LAYOUT = S.build();

    private KvmClock() {}
}
