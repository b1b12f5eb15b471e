package crosvm.vmm.linux.abi;

/** {@code struct kvm_mp_state} (linux/kvm.h): whether a vCPU runs, halts or waits to be started. */
public final class KvmMpState {
    private static final Struct.Builder S = Struct.named("kvm_mp_state");
    public static final Field MP_STATE = S.u32("mp_state");
    public static final Struct LAYOUT = S.build();

    private KvmMpState() {}
}
