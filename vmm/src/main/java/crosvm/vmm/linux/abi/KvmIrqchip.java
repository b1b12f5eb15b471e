package crosvm.vmm.linux.abi;

/** {@code struct kvm_irqchip} (linux/kvm.h): one of the interrupt chips in the kernel. */
public final class KvmIrqchip {
    private static final Struct.Builder S = Struct.named("kvm_irqchip");
    public static final Field CHIP_ID = S.u32("chip_id");
    public static final Field PIC_IRR = S.at("chip.pic.irr", 9, 1, 1);
    public static final Field PIC_IMR = S.at("chip.pic.imr", 10, 1, 1);
    public static final Field PIC_ISR = S.at("chip.pic.isr", 11, 1, 1);
    public static final Field IOAPIC_IRR = S.at("chip.ioapic.irr", 24, 4, 1);
    public static final Field IOAPIC_REDIRTBL = S.at("chip.ioapic.redirtbl", 32, 8, 24);
    public static final Struct LAYOUT = S.build(520);

    /** Values of {@link #CHIP_ID}. */
    public static final int PIC_MASTER = 0;

    public static final int PIC_SLAVE = 1;
    public static final int IOAPIC = 2;

    private KvmIrqchip() {}
}
