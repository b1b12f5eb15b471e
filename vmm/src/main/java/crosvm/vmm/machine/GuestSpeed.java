package crosvm.vmm.machine;

import crosvm.vmm.VmmException;
import crosvm.vmm.kvm.ExitReason;
import crosvm.vmm.kvm.Kvm;
import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmSregs;
import crosvm.vmm.memory.GuestMemory;
import java.nio.ByteBuffer;

/**
 * Finds out how fast this host's KVM runs guest code, with a guest that counts down and halts. There are hosts whose
 * /dev/kvm opens and answers, and interprets every instruction: a Linux does not boot on those in a sensible time.
 */
public final class GuestSpeed {
    private static final long MEMORY = 2 << 20;
    private static final int START = 0x1000;
    private static final int ROUNDS = 200_000;
    private static final int INSTRUCTIONS_A_ROUND = 2;

    /** mov ecx, ROUNDS; again: dec ecx; jnz again; hlt: 16-bit code with 32-bit operands. */
    private static final int[] CODE = {
        0x66, 0xb9, ROUNDS & 0xff, ROUNDS >> 8 & 0xff, ROUNDS >> 16 & 0xff, 0, 0x66, 0x49, 0x75, 0xfc, 0xf4
    };

    private GuestSpeed() {}

    /**
     * Runs the guest; takes less than a second.
     *
     * @return guest instructions per second
     * @throws VmmException when KVM does not open, lacks something, or does not run the guest
     */
    public static long measure() {
        try (Kvm kvm = Kvm.open();
                GuestMemory memory = GuestMemory.allocate(MEMORY);
                KvmVm vm = kvm.createVm()) {
            vm.setMemoryRegion(0, memory.regions().get(0));
            for (int i = 0; i < CODE.length; i++) {
                memory.putU8(START + i, CODE[i]);
            }
            try (KvmVcpu vcpu = vm.createVcpu(0)) {
                startInRealMode(vcpu);
                return run(vcpu);
            }
        }
    }

    private static void startInRealMode(KvmVcpu vcpu) {
        NativeBuffer sregs = vcpu.sregs();
        KvmSregs.SEGMENT_BASE.set(sregs.bytes(), KvmSregs.CS.offset(), 0, 0);
        KvmSregs.SEGMENT_SELECTOR.set(sregs.bytes(), KvmSregs.CS.offset(), 0, 0);
        vcpu.setSregs(sregs);
        NativeBuffer regs = NativeBuffer.of(KvmRegs.LAYOUT);
        ByteBuffer r = regs.bytes();
        KvmRegs.RIP.set(r, START);
        KvmRegs.RFLAGS.set(r, 2);
        vcpu.setRegs(regs);
    }

    private static long run(KvmVcpu vcpu) {
        long start = System.nanoTime();
        int exit = vcpu.run();
        while (exit < 0) { // The JVM's own signals; the guest goes on where it was.
            exit = vcpu.run();
        }
        long nanoseconds = Math.max(1, System.nanoTime() - start);
        if (ExitReason.of(exit) != ExitReason.HLT) {
            throw new VmmException(Kvm.DEVICE + ": a guest of four instructions ended with " + ExitReason.of(exit)
                    + " instead of HLT; this host's KVM does not work");
        }
        return (long) ROUNDS * INSTRUCTIONS_A_ROUND * 1_000_000_000L / nanoseconds;
    }
}
