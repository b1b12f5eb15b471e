package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.Acpi.table;
import static crosvm.vmm.boot.hello.compiler.Expression.address;
import static crosvm.vmm.boot.hello.compiler.Expression.load16;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.number;
import static crosvm.vmm.boot.hello.compiler.Expression.portRead;

import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;
import crosvm.vmm.memory.MemoryLayout;

/**
 * Waits for ACPI's power button (6.5 §4.8.2.2.1.1) without using the processor: the system control interrupt, by way of
 * the I/O APIC and the local APIC (Intel SDM vol. 3, chapter 11), wakes it from HLT.
 */
final class PowerButton {
    private static final int SCI_INTERRUPT_AT = 46;
    private static final int PM1A_EVENT_AT = 56;
    private static final int ENABLE_REGISTER = 2;
    private static final int POWER_BUTTON = 1 << 8;

    private static final int VECTOR = 0x40;
    /** {@code __BOOT_CS} of the boot protocol. */
    private static final int CODE_SEGMENT = 0x10;

    private static final int GATE_SIZE = 16;
    private static final long INTERRUPT_GATE = 0x8e00;

    /** The mask registers of the two 8259 interrupt controllers, which would deliver the same interrupt a second time. */
    private static final int PIC_MASK = 0x21;

    private static final int SECOND_PIC_MASK = 0xa1;

    private static final int IOAPIC_SELECT_AT = 0;
    private static final int IOAPIC_WINDOW_AT = 0x10;
    private static final int IOAPIC_FIRST_PIN = 0x10;
    private static final int LEVEL_TRIGGERED = 1 << 15;

    private static final int END_OF_INTERRUPT_AT = 0xb0;
    private static final int SPURIOUS_AT = 0xf0;
    private static final int APIC_ENABLED_SPURIOUS_255 = 0x1ff;

    private PowerButton() {}

    static void addTo(Program program) {
        program.emptyHandler("interrupted");
        program.routine("takeInterrupts", 0, PowerButton::takeInterrupts);
        program.routine("awaitPowerButton", 0, PowerButton::await);
    }

    /** Fills in the one gate of the interrupt table, and leads the system control interrupt to it. */
    private static void takeInterrupts(Routine r) {
        long gate = HelloGuest.INTERRUPTS + VECTOR * GATE_SIZE;
        Local handler = r.local(address("interrupted"));
        r.store16(number(gate), handler);
        r.store16(number(gate + 2), CODE_SEGMENT);
        r.store16(number(gate + 4), INTERRUPT_GATE);
        r.store16(number(gate + 6), handler.shiftRight(16));
        long descriptor = gate + GATE_SIZE;
        r.store16(number(descriptor), (VECTOR + 1) * GATE_SIZE - 1);
        r.store64(number(descriptor + 2), number(HelloGuest.INTERRUPTS));
        r.loadInterruptTable(number(descriptor));

        r.portWrite(1, number(PIC_MASK), number(0xff));
        r.portWrite(1, number(SECOND_PIC_MASK), number(0xff));
        r.store32(number(MemoryLayout.LAPIC_ADDRESS + SPURIOUS_AT), APIC_ENABLED_SPURIOUS_255);
        Local register =
                r.local(load16(table("FACP").plus(SCI_INTERRUPT_AT)).times(2).plus(IOAPIC_FIRST_PIN));
        // The upper half is 0 as it starts: processor 0.
        r.store32(number(MemoryLayout.IOAPIC_ADDRESS + IOAPIC_SELECT_AT), register);
        r.store32(number(MemoryLayout.IOAPIC_ADDRESS + IOAPIC_WINDOW_AT), LEVEL_TRIGGERED | VECTOR);
    }

    private static void await(Routine r) {
        Local status = r.local(load32(table("FACP").plus(PM1A_EVENT_AT)));
        r.call("takeInterrupts");
        r.portWrite(2, status.plus(ENABLE_REGISTER), number(POWER_BUTTON));
        r.loopWhile(portRead(2, status).and(POWER_BUTTON).is(0), () -> {
            r.waitForInterrupt();
            r.store32(number(MemoryLayout.LAPIC_ADDRESS + END_OF_INTERRUPT_AT), 0);
        });
    }
}
