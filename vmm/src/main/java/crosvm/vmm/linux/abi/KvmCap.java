package crosvm.vmm.linux.abi;

/**
 * The KVM capabilities the engine cannot do without (KVM_CHECK_EXTENSION; linux/kvm.h), each with what it is needed
 * for.
 */
public enum KvmCap {
    KVM_CAP_IRQCHIP(0, "interrupt controllers in the kernel"),
    KVM_CAP_USER_MEMORY(3, "guest memory from user space"),
    KVM_CAP_SET_TSS_ADDR(4, "a place for KVM's task state segment"),
    KVM_CAP_EXT_CPUID(7, "setting what CPUID tells the guest"),
    KVM_CAP_MP_STATE(14, "starting secondary vCPUs"),
    KVM_CAP_IRQ_ROUTING(25, "message-signalled interrupts"),
    KVM_CAP_IRQFD(32, "interrupts from event descriptors"),
    KVM_CAP_PIT2(33, "the timer in the kernel"),
    KVM_CAP_IOEVENTFD(36, "queue notifications without an exit"),
    KVM_CAP_SET_IDENTITY_MAP_ADDR(37, "a place for KVM's identity map");

    /** Recommended and maximum number of vCPUs of a VM. */
    public static final int NR_VCPUS = 9;

    public static final int MAX_VCPUS = 66;
    public static final int TSC_DEADLINE_TIMER = 72;

    private final int number;
    private final String purpose;

    KvmCap(int number, String purpose) {
        this.number = number;
        this.purpose = purpose;
    }

    public int number() {
        return number;
    }

    public String purpose() {
        return purpose;
    }
}
