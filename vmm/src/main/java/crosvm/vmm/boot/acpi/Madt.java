package crosvm.vmm.boot.acpi;

import crosvm.vmm.memory.MemoryLayout;

/** The Multiple APIC Description Table (ACPI 6.5 §5.2.12): processors, I/O APIC, and how interrupts are wired. */
final class Madt {
    private static final int REVISION = 6;
    private static final int PCAT_COMPAT = 1;
    private static final int ENABLED = 1;
    private static final int LOCAL_APIC = 0;
    private static final int IO_APIC = 1;
    private static final int SOURCE_OVERRIDE = 2;
    private static final int LOCAL_APIC_NMI = 4;
    private static final int LOCAL_X2APIC = 9;
    private static final int LOCAL_X2APIC_NMI = 10;
    /** APIC ids from here on need the x2APIC structures; 255 is the broadcast id (§5.2.12.12). */
    private static final int FIRST_X2APIC_ID = 255;

    private static final int IO_APIC_ID = 0;
    private static final int TIMER_IRQ = 0;
    private static final int TIMER_GSI = 2;
    private static final int AS_THE_BUS_SAYS = 0;
    private static final int ACTIVE_HIGH_LEVEL = 0b1101;
    private static final int LINT1 = 1;

    private Madt() {}

    static byte[] table(int cpus) {
        Table t = new Table("APIC", REVISION);
        t.u32(MemoryLayout.LAPIC_ADDRESS).u32(PCAT_COMPAT);
        for (int cpu = 0; cpu < cpus; cpu++) {
            if (cpu < FIRST_X2APIC_ID) {
                t.u8(LOCAL_APIC).u8(8).u8(cpu).u8(cpu).u32(ENABLED);
            } else {
                t.u8(LOCAL_X2APIC).u8(16).u16(0).u32(cpu).u32(ENABLED).u32(cpu);
            }
        }
        t.u8(IO_APIC)
                .u8(12)
                .u8(IO_APIC_ID)
                .u8(0)
                .u32(MemoryLayout.IOAPIC_ADDRESS)
                .u32(0);
        override(t, TIMER_IRQ, TIMER_GSI, AS_THE_BUS_SAYS);
        override(t, Fadt.SCI, Fadt.SCI, ACTIVE_HIGH_LEVEL);
        t.u8(LOCAL_APIC_NMI).u8(6).u8(0xff).u16(AS_THE_BUS_SAYS).u8(LINT1);
        if (cpus > FIRST_X2APIC_ID) {
            t.u8(LOCAL_X2APIC_NMI)
                    .u8(12)
                    .u16(AS_THE_BUS_SAYS)
                    .u32(0xffff_ffffL)
                    .u8(LINT1)
                    .zeros(3);
        }
        return t.bytes();
    }

    private static void override(Table t, int isaIrq, int gsi, int flags) {
        t.u8(SOURCE_OVERRIDE).u8(10).u8(0).u8(isaIrq).u32(gsi).u16(flags);
    }
}
