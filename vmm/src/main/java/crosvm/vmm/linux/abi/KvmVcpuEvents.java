package crosvm.vmm.linux.abi;

/** {@code struct kvm_vcpu_events} (asm/kvm.h): what a vCPU is about to be interrupted by. */
public final class KvmVcpuEvents {
    private static final Struct.Builder S = Struct.named("kvm_vcpu_events");
    public static final Field EXCEPTION_INJECTED = S.at("exception.injected", 0, 1, 1);
    public static final Field EXCEPTION_NR = S.at("exception.nr", 1, 1, 1);
    public static final Field EXCEPTION_HAS_ERROR_CODE = S.at("exception.has_error_code", 2, 1, 1);
    public static final Field EXCEPTION_PENDING = S.at("exception.pending", 3, 1, 1);
    public static final Field EXCEPTION_ERROR_CODE = S.at("exception.error_code", 4, 4, 1);
    public static final Field INTERRUPT_INJECTED = S.at("interrupt.injected", 8, 1, 1);
    public static final Field INTERRUPT_NR = S.at("interrupt.nr", 9, 1, 1);
    public static final Field INTERRUPT_SOFT = S.at("interrupt.soft", 10, 1, 1);
    public static final Field INTERRUPT_SHADOW = S.at("interrupt.shadow", 11, 1, 1);
    public static final Field NMI_INJECTED = S.at("nmi.injected", 12, 1, 1);
    public static final Field NMI_PENDING = S.at("nmi.pending", 13, 1, 1);
    public static final Field NMI_MASKED = S.at("nmi.masked", 14, 1, 1);
    public static final Field SIPI_VECTOR = S.at("sipi_vector", 16, 4, 1);
    public static final Field FLAGS = S.at("flags", 20, 4, 1);
    public static final Field SMI_SMM = S.at("smi.smm", 24, 1, 1);
    public static final Field SMI_PENDING = S.at("smi.pending", 25, 1, 1);
    public static final Struct LAYOUT = S.build(64);

    private KvmVcpuEvents() {}
}
