package crosvm.vmm.linux.abi;

/** The structs of interrupts and notifications: lines, routes, irqfd, ioeventfd, PIT (linux/kvm.h). */
public final class KvmIrq {
    private static final Struct.Builder L = Struct.named("kvm_irq_level");
    public static final Field LEVEL_IRQ = L.u32("irq");
    public static final Field LEVEL_LEVEL = L.u32("level");
    public static final Struct LEVEL = L.build();

    private static final Struct.Builder R = Struct.named("kvm_irq_routing");
    public static final Field ROUTING_NR = R.u32("nr");
    public static final Field ROUTING_FLAGS = R.u32("flags");
    public static final Struct ROUTING = R.build();

    private static final Struct.Builder E = Struct.named("kvm_irq_routing_entry");
    public static final Field ENTRY_GSI = E.u32("gsi");
    public static final Field ENTRY_TYPE = E.u32("type");
    public static final Field ENTRY_FLAGS = E.u32("flags");
    public static final Field ENTRY_PAD = E.u32("pad");
    public static final Field CHIP_IRQCHIP = E.at("u.irqchip.irqchip", 16, 4, 1);
    public static final Field CHIP_PIN = E.at("u.irqchip.pin", 20, 4, 1);
    public static final Field MSI_ADDRESS_LO = E.at("u.msi.address_lo", 16, 4, 1);
    public static final Field MSI_ADDRESS_HI = E.at("u.msi.address_hi", 20, 4, 1);
    public static final Field MSI_DATA = E.at("u.msi.data", 24, 4, 1);
    public static final Field ENTRY_UNION = E.at("u", 16, 1, 32);
    public static final Struct ENTRY = E.build();

    public static final int ROUTING_IRQCHIP = 1;
    public static final int ROUTING_MSI = 2;

    private static final Struct.Builder I = Struct.named("kvm_irqfd");
    public static final Field IRQFD_FD = I.u32("fd");
    public static final Field IRQFD_GSI = I.u32("gsi");
    public static final Field IRQFD_FLAGS = I.u32("flags");
    public static final Field IRQFD_RESAMPLEFD = I.u32("resamplefd");
    public static final Field IRQFD_PAD = I.array("pad", 1, 16);
    public static final Struct IRQFD = I.build();

    public static final int IRQFD_FLAG_DEASSIGN = 1;

    private static final Struct.Builder P = Struct.named("kvm_pit_config");
    public static final Field PIT_FLAGS = P.u32("flags");
    public static final Field PIT_PAD = P.array("pad", 4, 15);
    public static final Struct PIT_CONFIG = P.build();

    /** KVM_PIT_SPEAKER_DUMMY: port 0x61, which kernels calibrate the TSC with, is answered in the kernel. */
    public static final int PIT_SPEAKER_DUMMY = 1;

    private static final Struct.Builder F = Struct.named("kvm_ioeventfd");
    public static final Field IOEVENTFD_DATAMATCH = F.u64("datamatch");
    public static final Field IOEVENTFD_ADDR = F.u64("addr");
    public static final Field IOEVENTFD_LEN = F.u32("len");
    public static final Field IOEVENTFD_FD = F.u32("fd");
    public static final Field IOEVENTFD_FLAGS = F.u32("flags");
    public static final Field IOEVENTFD_PAD = F.array("pad", 1, 36);
    public static final Struct IOEVENTFD = F.build();

    public static final int IOEVENTFD_FLAG_DATAMATCH = 1;
    public static final int IOEVENTFD_FLAG_PIO = 2;
    public static final int IOEVENTFD_FLAG_DEASSIGN = 4;

    private KvmIrq() {}
}
