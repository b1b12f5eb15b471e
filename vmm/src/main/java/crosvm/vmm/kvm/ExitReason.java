package crosvm.vmm.kvm;

/** Why KVM_RUN came back (linux/kvm.h, KVM_EXIT_*; KVM api.rst §5). The ordinal is the kernel's number up to 39. */
public enum ExitReason {
    UNKNOWN,
    EXCEPTION,
    IO,
    HYPERCALL,
    DEBUG,
    HLT,
    MMIO,
    IRQ_WINDOW_OPEN,
    SHUTDOWN,
    FAIL_ENTRY,
    INTR,
    SET_TPR,
    TPR_ACCESS,
    S390_SIEIC,
    S390_RESET,
    DCR,
    NMI,
    INTERNAL_ERROR,
    OSI,
    PAPR_HCALL,
    S390_UCONTROL,
    WATCHDOG,
    S390_TSCH,
    EPR,
    SYSTEM_EVENT,
    S390_STSI,
    IOAPIC_EOI,
    HYPERV,
    ARM_NISV,
    X86_RDMSR,
    X86_WRMSR,
    DIRTY_RING_FULL,
    AP_RESET_HOLD,
    X86_BUS_LOCK,
    XEN,
    RISCV_SBI,
    RISCV_CSR,
    NOTIFY,
    LOONGARCH_IOCSR,
    MEMORY_FAULT,
    /** A number newer than this table. */
    UNLISTED;

    private static final ExitReason[] VALUES = values();

    public static ExitReason of(int number) {
        return number >= 0 && number < UNLISTED.ordinal() ? VALUES[number] : UNLISTED;
    }
}
