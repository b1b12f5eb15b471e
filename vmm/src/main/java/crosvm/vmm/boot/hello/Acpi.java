package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.load64;
import static crosvm.vmm.boot.hello.compiler.Expression.load8;
import static crosvm.vmm.boot.hello.compiler.Expression.number;

import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;
import crosvm.vmm.device.acpi.AcpiPm;

/** The hello guest's use of ACPI (6.5 §5.2): finds tables, counts processors, switches the machine off. */
final class Acpi {
    private static final int HEADER = 36;
    private static final int LENGTH_AT = 4;
    private static final int XSDT_AT = 24;
    private static final int MADT_ENTRIES_AT = 44;
    private static final int LOCAL_APIC = 0;
    private static final int LOCAL_X2APIC = 9;
    private static final int ENABLED = 1;
    private static final int PM1A_CONTROL_AT = 64;
    private static final int SLEEP_TYPE_SHIFT = 10;
    private static final int SLEEP_ENABLE = 1 << 13;

    /** Eight bytes: where the XSDT is. */
    private static final Expression XSDT = number(HelloGuest.VARIABLES + 8);

    private Acpi() {}

    /** The address of the table with this signature. */
    static Expression table(String signature) {
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | signature.charAt(i);
        }
        return call("findTable", number(value));
    }

    static void addTo(Program program) {
        program.routine("openAcpi", 1, r -> r.store64(XSDT, load64(r.argument(0).plus(XSDT_AT))));
        program.routine("findTable", 1, Acpi::findTable);
        program.routine("countProcessors", 0, Acpi::countProcessors);
        program.routine("powerOff", 0, r -> {
            Local port = r.local(load32(table("FACP").plus(PM1A_CONTROL_AT)));
            r.portWrite(2, port, number(AcpiPm.SLEEP_TYPE_S5 << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
            r.halt();
        });
    }

    /** {@code findTable(signature)}: walks the XSDT; 0 when it is not there. */
    private static void findTable(Routine r) {
        Local xsdt = r.local(load64(XSDT));
        Local end = r.local(xsdt.plus(load32(xsdt.plus(LENGTH_AT))));
        Local at = r.local(xsdt.plus(HEADER));
        r.loopWhile(at.isBelow(end), () -> {
            Local table = r.local(load64(at));
            r.when(load32(table).is(r.argument(0)), () -> r.returns(table));
            r.add(at, 8);
        });
        r.returns(0);
    }

    /** Local APICs that the MADT calls enabled. */
    private static void countProcessors(Routine r) {
        Local madt = r.local(table("APIC"));
        Local end = r.local(madt.plus(load32(madt.plus(LENGTH_AT))));
        Local entry = r.local(madt.plus(MADT_ENTRIES_AT));
        Local count = r.local(0);
        r.loopWhile(entry.isBelow(end), () -> {
            r.when(
                    load8(entry).is(LOCAL_APIC),
                    () -> r.set(count, count.plus(load32(entry.plus(4)).and(ENABLED))));
            r.when(
                    load8(entry).is(LOCAL_X2APIC),
                    () -> r.set(count, count.plus(load32(entry.plus(8)).and(ENABLED))));
            r.set(entry, entry.plus(load8(entry.plus(1))));
        });
        r.returns(count);
    }
}
