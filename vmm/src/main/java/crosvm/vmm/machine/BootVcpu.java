package crosvm.vmm.machine;

import crosvm.vmm.boot.BootState;
import crosvm.vmm.boot.BootState.Segment;
import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmSregs;
import java.nio.ByteBuffer;

/** Gives the boot vCPU the registers of a {@link BootState}. The other vCPUs wait for INIT and SIPI, in the kernel. */
final class BootVcpu {
    private BootVcpu() {}

    static void prepare(KvmVcpu vcpu, BootState state) {
        NativeBuffer sregs = vcpu.sregs();
        ByteBuffer s = sregs.bytes();
        for (Field field : new Field[] {KvmSregs.DS, KvmSregs.ES, KvmSregs.FS, KvmSregs.GS, KvmSregs.SS}) {
            set(s, field, state.data());
        }
        set(s, KvmSregs.CS, state.code());
        set(s, KvmSregs.TR, state.task());
        KvmSregs.DTABLE_BASE.set(s, KvmSregs.GDT.offset(), 0, state.gdtBase());
        KvmSregs.DTABLE_LIMIT.set(s, KvmSregs.GDT.offset(), 0, state.gdtLimit());
        KvmSregs.DTABLE_BASE.set(s, KvmSregs.IDT.offset(), 0, 0);
        KvmSregs.DTABLE_LIMIT.set(s, KvmSregs.IDT.offset(), 0, 0);
        KvmSregs.CR0.set(s, state.cr0());
        KvmSregs.CR3.set(s, state.cr3());
        KvmSregs.CR4.set(s, state.cr4());
        KvmSregs.EFER.set(s, state.efer());
        vcpu.setSregs(sregs);

        NativeBuffer regs = NativeBuffer.of(KvmRegs.LAYOUT);
        KvmRegs.RIP.set(regs.bytes(), state.rip());
        KvmRegs.RSI.set(regs.bytes(), state.rsi());
        KvmRegs.RSP.set(regs.bytes(), state.rsp());
        KvmRegs.RFLAGS.set(regs.bytes(), state.rflags());
        vcpu.setRegs(regs);
    }

    private static void set(ByteBuffer sregs, Field register, Segment segment) {
        int at = register.offset();
        KvmSregs.SEGMENT_BASE.set(sregs, at, 0, segment.base());
        KvmSregs.SEGMENT_LIMIT.set(sregs, at, 0, segment.limit());
        KvmSregs.SEGMENT_SELECTOR.set(sregs, at, 0, segment.selector());
        KvmSregs.SEGMENT_TYPE.set(sregs, at, 0, segment.type());
        KvmSregs.SEGMENT_PRESENT.set(sregs, at, 0, segment.present());
        KvmSregs.SEGMENT_DPL.set(sregs, at, 0, segment.dpl());
        KvmSregs.SEGMENT_DB.set(sregs, at, 0, segment.db());
        KvmSregs.SEGMENT_S.set(sregs, at, 0, segment.s());
        KvmSregs.SEGMENT_L.set(sregs, at, 0, segment.l());
        KvmSregs.SEGMENT_G.set(sregs, at, 0, segment.g());
        KvmSregs.SEGMENT_UNUSABLE.set(sregs, at, 0, 0);
    }
}
