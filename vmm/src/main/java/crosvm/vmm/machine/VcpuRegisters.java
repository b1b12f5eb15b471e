package crosvm.vmm.machine;

import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmSregs;

/** A vCPU's registers as text, for the message when a guest crashes. Made on the vCPU's own thread. */
final class VcpuRegisters {
    private static final int PER_LINE = 4;

    private VcpuRegisters() {}

    static String describe(KvmVcpu vcpu) {
        NativeBuffer regs = vcpu.regs();
        NativeBuffer sregs = vcpu.sregs();
        StringBuilder text = new StringBuilder();
        int column = 0;
        for (Field field : KvmRegs.LAYOUT.fields()) {
            append(text, field.name(), field.get(regs.bytes()), column++ % PER_LINE == 0);
        }
        for (Field field : new Field[] {KvmSregs.CR0, KvmSregs.CR2, KvmSregs.CR3, KvmSregs.CR4, KvmSregs.EFER}) {
            append(text, field.name(), field.get(sregs.bytes()), column++ % PER_LINE == 0);
        }
        append(text, "cs", KvmSregs.SEGMENT_SELECTOR.get(sregs.bytes(), KvmSregs.CS.offset(), 0), false);
        return text.toString();
    }

    private static void append(StringBuilder text, String name, long value, boolean newLine) {
        text.append(newLine ? "\n  " : " ").append(String.format("%-6s %016x", name, value));
    }
}
