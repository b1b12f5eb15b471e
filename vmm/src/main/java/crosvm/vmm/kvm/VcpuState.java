package crosvm.vmm.kvm;

import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.KvmFpu;
import crosvm.vmm.linux.abi.KvmLapic;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a vCPU holds at power-on besides the registers of the boot protocol: MSRs, FPU, local APIC pins. */
public final class VcpuState {
    private static final int IA32_TSC = 0x10;
    private static final int IA32_SYSENTER_CS = 0x174;
    private static final int IA32_SYSENTER_ESP = 0x175;
    private static final int IA32_SYSENTER_EIP = 0x176;
    private static final int IA32_MISC_ENABLE = 0x1a0;
    private static final long FAST_STRINGS = 1;
    private static final int IA32_MTRR_DEF_TYPE = 0x2ff;
    private static final long MTRR_ENABLE_WRITE_BACK = 1 << 11 | 6;
    private static final int STAR = 0xc000_0081;
    private static final int LSTAR = 0xc000_0082;
    private static final int CSTAR = 0xc000_0083;
    private static final int SFMASK = 0xc000_0084;
    private static final int KERNEL_GS_BASE = 0xc000_0102;

    private static final int EXTENDED_STATE_LEAF = 0xd;
    private static final int DELIVERY_EXTINT = 7 << 8;
    private static final int DELIVERY_NMI = 4 << 8;
    private static final int X87_DEFAULT_CONTROL = 0x37f;
    private static final int SSE_DEFAULT_CONTROL = 0x1f80;

    private VcpuState() {}

    /**
     * Sets them; called before the vCPU first runs, by the thread that builds the machine.
     *
     * @param cpuid what {@link KvmVcpu#setCpuid} was given
     */
    public static void powerOn(KvmVcpu vcpu, List<CpuidEntry> cpuid) {
        vcpu.setMsrs(msrs());
        enableExtendedState(vcpu, cpuid);
        NativeBuffer fpu = NativeBuffer.of(KvmFpu.LAYOUT);
        KvmFpu.FCW.set(fpu.bytes(), X87_DEFAULT_CONTROL);
        KvmFpu.MXCSR.set(fpu.bytes(), SSE_DEFAULT_CONTROL);
        vcpu.setFpu(fpu);
        connectLapicPins(vcpu);
    }

    /**
     * XCR0 with everything that CPUID offers. Processors start with 1 and kernels set what they want, which KVM sees by an
     * intercept; a KVM that runs inside an emulator without that intercept (QEMU's) would go on with 1 under a kernel that
     * believes otherwise, and tell it a wrong size in leaf 0xd.
     */
    private static void enableExtendedState(KvmVcpu vcpu, List<CpuidEntry> cpuid) {
        for (CpuidEntry entry : cpuid) {
            if (entry.function() == EXTENDED_STATE_LEAF && entry.index() == 0 && entry.eax() != 0) {
                vcpu.setXcr0(Integer.toUnsignedLong(entry.eax()) | (long) entry.edx() << 32);
            }
        }
    }

    private static SortedMap<Integer, Long> msrs() {
        SortedMap<Integer, Long> msrs = new TreeMap<>();
        for (int zero : new int[] {
            IA32_TSC, IA32_SYSENTER_CS, IA32_SYSENTER_ESP, IA32_SYSENTER_EIP, STAR, LSTAR, CSTAR, SFMASK, KERNEL_GS_BASE
        }) {
            msrs.put(zero, 0L);
        }
        msrs.put(IA32_MISC_ENABLE, FAST_STRINGS);
        msrs.put(IA32_MTRR_DEF_TYPE, MTRR_ENABLE_WRITE_BACK); // All memory write-back, as firmware leaves it.
        return msrs;
    }

    /** LINT0 takes the PIC's interrupts, LINT1 NMIs, as the MultiProcessor Specification 1.4 §3.6.2.1 wires them. */
    private static void connectLapicPins(KvmVcpu vcpu) {
        NativeBuffer lapic = vcpu.lapic();
        int modeMask = ~(7 << 8);
        int lint0 = lapic.bytes().getInt(KvmLapic.LVT_LINT0) & modeMask;
        int lint1 = lapic.bytes().getInt(KvmLapic.LVT_LINT1) & modeMask;
        lapic.bytes().putInt(KvmLapic.LVT_LINT0, lint0 | DELIVERY_EXTINT);
        lapic.bytes().putInt(KvmLapic.LVT_LINT1, lint1 | DELIVERY_NMI);
        vcpu.setLapic(lapic);
    }
}
