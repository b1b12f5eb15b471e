package crosvm.vmm.kvm;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.KvmCpuid;
import crosvm.vmm.linux.abi.KvmFpu;
import crosvm.vmm.linux.abi.KvmIoctl;
import crosvm.vmm.linux.abi.KvmLapic;
import crosvm.vmm.linux.abi.KvmMpState;
import crosvm.vmm.linux.abi.KvmMsrs;
import crosvm.vmm.linux.abi.KvmRegs;
import crosvm.vmm.linux.abi.KvmRun;
import crosvm.vmm.linux.abi.KvmSregs;
import crosvm.vmm.linux.abi.KvmVcpuEvents;
import crosvm.vmm.linux.abi.KvmXcrs;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SortedMap;

/**
 * A virtual CPU. Set up by the thread that builds the machine, then owned by its vCPU thread alone: KVM wants all vCPU
 * ioctls from one thread at a time (KVM api.rst §1).
 */
public final class KvmVcpu implements AutoCloseable {
    private final int id;
    private final Fd fd;
    private final Mapping runMapping;
    private final ByteBuffer run;

    KvmVcpu(int id, Fd fd, Mapping runMapping) {
        this.id = id;
        this.fd = fd;
        this.runMapping = runMapping;
        this.run = runMapping.buffer(0, runMapping.size());
    }

    public int id() {
        return id;
    }

    /** The page area shared with the kernel, laid out as {@link KvmRun} says. Valid after {@link #run()} returned. */
    public ByteBuffer runPage() {
        return run;
    }

    /**
     * KVM_RUN: runs guest code until something needs us.
     *
     * @return the exit reason's number, or -1 when a signal kicked the vCPU out
     * @throws ErrnoException for anything else that went wrong
     */
    public int run() {
        int result = LibC.ioctl(fd.number(), KvmIoctl.RUN.request(), 0);
        if (result < 0) {
            int errno = LibC.errno();
            if (errno == Errno.EINTR.code() || errno == Errno.EAGAIN.code()) {
                return -1;
            }
            throw new ErrnoException(fd.name() + ": KVM_RUN", errno);
        }
        return (int) KvmRun.EXIT_REASON.get(run);
    }

    /** The signals blocked while KVM_RUN runs, as a kernel signal set: bit n-1 stands for signal n. */
    public void setSignalMask(long blocked) {
        NativeBuffer argument = NativeBuffer.allocate(12);
        argument.bytes().putInt(0, 8).putLong(4, blocked);
        fd.ioctl(KvmIoctl.SET_SIGNAL_MASK, argument);
    }

    /** The general registers, laid out as {@link KvmRegs} says. */
    public NativeBuffer regs() {
        NativeBuffer regs = NativeBuffer.of(KvmRegs.LAYOUT);
        fd.ioctl(KvmIoctl.GET_REGS, regs);
        return regs;
    }

    public void setRegs(NativeBuffer regs) {
        fd.ioctl(KvmIoctl.SET_REGS, regs);
    }

    /** The special registers, laid out as {@link KvmSregs} says. */
    public NativeBuffer sregs() {
        NativeBuffer sregs = NativeBuffer.of(KvmSregs.LAYOUT);
        fd.ioctl(KvmIoctl.GET_SREGS, sregs);
        return sregs;
    }

    public void setSregs(NativeBuffer sregs) {
        fd.ioctl(KvmIoctl.SET_SREGS, sregs);
    }

    /** Whether it runs (0), waits to be started (1), was told to start (2, 4) or halts (3): KVM api.rst, KVM_GET_MP_STATE. */
    public int mpState() {
        NativeBuffer state = NativeBuffer.of(KvmMpState.LAYOUT);
        fd.ioctl(KvmIoctl.GET_MP_STATE, state);
        return (int) KvmMpState.MP_STATE.get(state.bytes());
    }

    /** What it is about to be interrupted by, laid out as {@link KvmVcpuEvents} says. */
    public NativeBuffer events() {
        NativeBuffer events = NativeBuffer.of(KvmVcpuEvents.LAYOUT);
        fd.ioctl(KvmIoctl.GET_VCPU_EVENTS, events);
        return events;
    }

    /** @param fpu laid out as {@link KvmFpu} says */
    public void setFpu(NativeBuffer fpu) {
        fd.ioctl(KvmIoctl.SET_FPU, fpu);
    }

    public void setCpuid(List<CpuidEntry> entries) {
        int entrySize = KvmCpuid.ENTRY.size();
        NativeBuffer argument = NativeBuffer.allocate(KvmCpuid.HEADER.size() + entries.size() * entrySize);
        KvmCpuid.NENT.set(argument.bytes(), entries.size());
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).write(argument.bytes(), KvmCpuid.HEADER.size() + i * entrySize);
        }
        fd.ioctl(KvmIoctl.SET_CPUID2, argument);
    }

    /**
     * Sets model-specific registers, in the map's order.
     *
     * @throws ErrnoException naming the first one that KVM did not take
     */
    public void setMsrs(SortedMap<Integer, Long> values) {
        int entrySize = KvmMsrs.ENTRY.size();
        NativeBuffer argument = NativeBuffer.allocate(KvmMsrs.HEADER.size() + values.size() * entrySize);
        KvmMsrs.NMSRS.set(argument.bytes(), values.size());
        int base = KvmMsrs.HEADER.size();
        for (var msr : values.entrySet()) {
            KvmMsrs.INDEX.set(argument.bytes(), base, 0, msr.getKey());
            KvmMsrs.DATA.set(argument.bytes(), base, 0, msr.getValue());
            base += entrySize;
        }
        int taken = fd.ioctl(KvmIoctl.SET_MSRS, argument);
        if (taken != values.size()) {
            int refused = values.keySet().stream().skip(taken).findFirst().orElse(0);
            throw new ErrnoException(
                    fd.name() + ": KVM_SET_MSRS: MSR 0x" + Integer.toHexString(refused), Errno.EINVAL.code());
        }
    }

    /** A model-specific register, or 0 when KVM does not know it. */
    public long msr(int index) {
        NativeBuffer argument = NativeBuffer.allocate(KvmMsrs.HEADER.size() + KvmMsrs.ENTRY.size());
        KvmMsrs.NMSRS.set(argument.bytes(), 1);
        KvmMsrs.INDEX.set(argument.bytes(), KvmMsrs.HEADER.size(), 0, index);
        int known = fd.ioctl(KvmIoctl.GET_MSRS, argument);
        return known == 1 ? KvmMsrs.DATA.get(argument.bytes(), KvmMsrs.HEADER.size(), 0) : 0;
    }

    /** Lets a guest that uses kvmclock know that it was stopped, so that it sees no lockup in that (KVM api.rst §4.70). */
    public void tellGuestOfPause() {
        LibC.ioctl(fd.number(), KvmIoctl.KVMCLOCK_CTRL.request(), 0); // EINVAL: this guest does not use kvmclock.
    }

    /**
     * Sets XCR0.
     *
     * @return false when KVM does not take that value
     */
    public boolean setXcr0(long value) {
        NativeBuffer argument = NativeBuffer.of(KvmXcrs.LAYOUT);
        KvmXcrs.NR_XCRS.set(argument.bytes(), 1);
        KvmXcrs.FIRST_VALUE.set(argument.bytes(), value);
        int result = LibC.ioctl(fd.number(), KvmIoctl.SET_XCRS.request(), argument.address());
        Reference.reachabilityFence(argument);
        return result == 0;
    }

    /** The local APIC's registers, laid out as {@link KvmLapic} says. */
    public NativeBuffer lapic() {
        NativeBuffer lapic = NativeBuffer.of(KvmLapic.LAYOUT);
        fd.ioctl(KvmIoctl.GET_LAPIC, lapic);
        return lapic;
    }

    public void setLapic(NativeBuffer lapic) {
        fd.ioctl(KvmIoctl.SET_LAPIC, lapic);
    }

    @Override
    public void close() {
        runMapping.close();
        fd.close();
    }
}
