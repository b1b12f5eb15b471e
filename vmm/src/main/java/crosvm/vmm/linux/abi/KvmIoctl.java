package crosvm.vmm.linux.abi;

/** KVM's ioctls (linux/kvm.h, type 0xAE), with the numbers computed from the structs' sizes. */
public final class KvmIoctl {
    private static final int KVMIO = 0xAE;

    public static final Ioctl GET_API_VERSION = none("KVM_GET_API_VERSION", 0x00);
    public static final Ioctl CREATE_VM = none("KVM_CREATE_VM", 0x01);
    public static final Ioctl CHECK_EXTENSION = none("KVM_CHECK_EXTENSION", 0x03);
    public static final Ioctl GET_VCPU_MMAP_SIZE = none("KVM_GET_VCPU_MMAP_SIZE", 0x04);
    public static final Ioctl GET_SUPPORTED_CPUID =
            Ioctl.readWrite("KVM_GET_SUPPORTED_CPUID", KVMIO, 0x05, KvmCpuid.HEADER.size());
    public static final Ioctl CREATE_VCPU = none("KVM_CREATE_VCPU", 0x41);
    public static final Ioctl SET_USER_MEMORY_REGION =
            write("KVM_SET_USER_MEMORY_REGION", 0x46, KvmMemoryRegion.LAYOUT);
    public static final Ioctl SET_TSS_ADDR = none("KVM_SET_TSS_ADDR", 0x47);
    public static final Ioctl SET_IDENTITY_MAP_ADDR = Ioctl.write("KVM_SET_IDENTITY_MAP_ADDR", KVMIO, 0x48, 8);
    public static final Ioctl CREATE_IRQCHIP = none("KVM_CREATE_IRQCHIP", 0x60);
    public static final Ioctl IRQ_LINE = write("KVM_IRQ_LINE", 0x61, KvmIrq.LEVEL);
    public static final Ioctl GET_IRQCHIP = Ioctl.readWrite("KVM_GET_IRQCHIP", KVMIO, 0x62, KvmIrqchip.LAYOUT.size());
    public static final Ioctl SET_GSI_ROUTING = write("KVM_SET_GSI_ROUTING", 0x6a, KvmIrq.ROUTING);
    public static final Ioctl IRQFD = write("KVM_IRQFD", 0x76, KvmIrq.IRQFD);
    public static final Ioctl SET_CLOCK = write("KVM_SET_CLOCK", 0x7b, KvmClock.LAYOUT);
    public static final Ioctl GET_CLOCK = read("KVM_GET_CLOCK", 0x7c, KvmClock.LAYOUT);
    public static final Ioctl CREATE_PIT2 = write("KVM_CREATE_PIT2", 0x77, KvmIrq.PIT_CONFIG);
    public static final Ioctl IOEVENTFD = write("KVM_IOEVENTFD", 0x79, KvmIrq.IOEVENTFD);
    public static final Ioctl RUN = none("KVM_RUN", 0x80);
    public static final Ioctl GET_REGS = read("KVM_GET_REGS", 0x81, KvmRegs.LAYOUT);
    public static final Ioctl SET_REGS = write("KVM_SET_REGS", 0x82, KvmRegs.LAYOUT);
    public static final Ioctl GET_SREGS = read("KVM_GET_SREGS", 0x83, KvmSregs.LAYOUT);
    public static final Ioctl SET_SREGS = write("KVM_SET_SREGS", 0x84, KvmSregs.LAYOUT);
    public static final Ioctl GET_MSRS = Ioctl.readWrite("KVM_GET_MSRS", KVMIO, 0x88, KvmMsrs.HEADER.size());
    public static final Ioctl SET_MSRS = Ioctl.write("KVM_SET_MSRS", KVMIO, 0x89, KvmMsrs.HEADER.size());
    public static final Ioctl SET_SIGNAL_MASK = Ioctl.write("KVM_SET_SIGNAL_MASK", KVMIO, 0x8b, 4);
    public static final Ioctl SET_FPU = write("KVM_SET_FPU", 0x8d, KvmFpu.LAYOUT);
    public static final Ioctl GET_LAPIC = read("KVM_GET_LAPIC", 0x8e, KvmLapic.LAYOUT);
    public static final Ioctl SET_LAPIC = write("KVM_SET_LAPIC", 0x8f, KvmLapic.LAYOUT);
    public static final Ioctl SET_CPUID2 = Ioctl.write("KVM_SET_CPUID2", KVMIO, 0x90, KvmCpuid.HEADER.size());
    public static final Ioctl GET_MP_STATE = read("KVM_GET_MP_STATE", 0x98, KvmMpState.LAYOUT);
    public static final Ioctl GET_VCPU_EVENTS = read("KVM_GET_VCPU_EVENTS", 0x9f, KvmVcpuEvents.LAYOUT);
    public static final Ioctl SET_XCRS = write("KVM_SET_XCRS", 0xa7, KvmXcrs.LAYOUT);
    public static final Ioctl KVMCLOCK_CTRL = none("KVM_KVMCLOCK_CTRL", 0xad);

    private KvmIoctl() {}

    private static Ioctl none(String name, int number) {
        return Ioctl.none(name, KVMIO, number);
    }

    private static Ioctl read(String name, int number, Struct argument) {
        return Ioctl.read(name, KVMIO, number, argument.size());
    }

    private static Ioctl write(String name, int number, Struct argument) {
        return Ioctl.write(name, KVMIO, number, argument.size());
    }
}
