package crosvm.vmm.machine;

import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.KvmIrqchip;
import crosvm.vmm.linux.abi.KvmLapic;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmSregs;
import crosvm.vmm.linux.abi.KvmVcpuEvents;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the vCPUs stand, what their local APICs hold and what the interrupt chips do, as a tree for JSON: registers as
 * hexadecimal text, interrupt vectors as numbers. Read by the main loop while no vCPU is in the guest.
 */
final class GuestRegisters {
    private static final int TSC_DEADLINE = 0x6e0;
    private static final int IA32_TSC = 0x10;
    private static final int VECTORS = 256;
    /** An APIC's 256 bits lie in the low halves of eight 16-byte words. */
    private static final int APIC_WORD = 16;

    private GuestRegisters() {}

    static Map<String, Object> of(KvmVm vm, List<KvmVcpu> vcpus) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("vcpus", vcpus.stream().map(GuestRegisters::vcpu).toList());
        all.put("pics", List.of(pic(vm, KvmIrqchip.PIC_MASTER), pic(vm, KvmIrqchip.PIC_SLAVE)));
        all.put("ioapic", ioapic(vm.interruptChip(KvmIrqchip.IOAPIC).bytes()));
        return all;
    }

    private static Map<String, Object> vcpu(KvmVcpu vcpu) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", vcpu.id());
        facts.put("mpState", vcpu.mpState());
        facts.put("tsc", hex(vcpu.msr(IA32_TSC)));
        facts.put("tscDeadline", hex(vcpu.msr(TSC_DEADLINE)));
        NativeBuffer regs = vcpu.regs();
        for (Field field : KvmRegs.LAYOUT.fields()) {
            facts.put(field.name(), hex(field.get(regs.bytes())));
        }
        NativeBuffer sregs = vcpu.sregs();
        for (Field field : List.of(KvmSregs.CR0, KvmSregs.CR2, KvmSregs.CR3, KvmSregs.CR4, KvmSregs.EFER)) {
            facts.put(field.name(), hex(field.get(sregs.bytes())));
        }
        facts.put("cs", hex(KvmSregs.SEGMENT_SELECTOR.get(sregs.bytes(), KvmSregs.CS.offset(), 0)));
        facts.put("gsBase", hex(KvmSregs.SEGMENT_BASE.get(sregs.bytes(), KvmSregs.GS.offset(), 0)));
        NativeBuffer events = vcpu.events();
        Map<String, Object> set = new LinkedHashMap<>();
        for (Field field : KvmVcpuEvents.LAYOUT.fields()) {
            if (field.get(events.bytes()) != 0) {
                set.put(field.name(), field.get(events.bytes()));
            }
        }
        facts.put("events", set);
        facts.put("lapic", lapic(vcpu.lapic().bytes()));
        return facts;
    }

    private static Map<String, Object> lapic(ByteBuffer page) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", hex(page.getInt(KvmLapic.ID)));
        facts.put("taskPriority", hex(page.getInt(KvmLapic.TASK_PRIORITY)));
        facts.put("spurious", hex(page.getInt(KvmLapic.SPURIOUS)));
        facts.put("inService", vectors(page, KvmLapic.IN_SERVICE));
        facts.put("requests", vectors(page, KvmLapic.REQUESTS));
        facts.put("lvtTimer", hex(page.getInt(KvmLapic.LVT_TIMER)));
        facts.put("initialCount", hex(page.getInt(KvmLapic.INITIAL_COUNT)));
        facts.put("currentCount", hex(page.getInt(KvmLapic.CURRENT_COUNT)));
        facts.put("lvtLint0", hex(page.getInt(KvmLapic.LVT_LINT0)));
        facts.put("lvtLint1", hex(page.getInt(KvmLapic.LVT_LINT1)));
        return facts;
    }

    private static List<Integer> vectors(ByteBuffer page, int at) {
        List<Integer> set = new ArrayList<>();
        for (int vector = 0; vector < VECTORS; vector++) {
            int word = page.getInt(at + vector / Integer.SIZE * APIC_WORD);
            if ((word >>> vector % Integer.SIZE & 1) != 0) {
                set.add(vector);
            }
        }
        return set;
    }

    private static Map<String, Object> pic(KvmVm vm, int number) {
        ByteBuffer chip = vm.interruptChip(number).bytes();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("requests", hex(KvmIrqchip.PIC_IRR.get(chip)));
        facts.put("mask", hex(KvmIrqchip.PIC_IMR.get(chip)));
        facts.put("inService", hex(KvmIrqchip.PIC_ISR.get(chip)));
        return facts;
    }

    private static Map<String, Object> ioapic(ByteBuffer chip) {
        List<String> entries = new ArrayList<>();
        for (int pin = 0; pin < KvmIrqchip.IOAPIC_REDIRTBL.count(); pin++) {
            entries.add(hex(KvmIrqchip.IOAPIC_REDIRTBL.get(chip, 0, pin)));
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("requests", hex(KvmIrqchip.IOAPIC_IRR.get(chip)));
        facts.put("redirections", entries);
        return facts;
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
