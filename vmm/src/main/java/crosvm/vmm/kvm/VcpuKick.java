package crosvm.vmm.kvm;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;

/**
 * Takes a vCPU out of KVM_RUN without a signal handler: one real-time signal is blocked in the vCPU thread
 * and let through only inside KVM_RUN, by KVM_SET_SIGNAL_MASK (KVM api.rst §4.18). The kicker sets its flag, then calls
 * {@link #kick()}; the vCPU thread calls {@link #drain()}, then reads the flag. The other order hangs.
 */
public final class VcpuKick {
    /** A real-time signal that neither glibc (32, 33), the JVM (12) nor its NIO (62) uses. */
    static final int SIGNAL = 40;

    private static final int SIG_BLOCK = 0;
    private static final int SYS_TGKILL = 234;
    private static final int SYS_RT_SIGTIMEDWAIT = 128;
    private static final int GLIBC_SIGSET_BYTES = 128;

    private final NativeBuffer set = NativeBuffer.allocate(GLIBC_SIGSET_BYTES);
    private final NativeBuffer noTime = NativeBuffer.allocate(16);
    private final int pid = LibC.getpid();
    private final int tid;

    private VcpuKick() {
        set.bytes().putLong(0, 1L << SIGNAL - 1);
        tid = LibC.gettid();
    }

    /** Called by the vCPU thread itself, before its first {@link KvmVcpu#run()}. */
    public static VcpuKick install(KvmVcpu vcpu) {
        VcpuKick kick = new VcpuKick();
        NativeBuffer old = NativeBuffer.allocate(GLIBC_SIGSET_BYTES);
        int error = LibC.pthread_sigmask(SIG_BLOCK, kick.set.address(), old.address());
        if (error != 0) {
            throw new ErrnoException("pthread_sigmask", error);
        }
        vcpu.setSignalMask(old.bytes().getLong(0) & ~(1L << SIGNAL - 1));
        return kick;
    }

    /** Any thread; the vCPU's thread must still live. */
    public void kick() {
        LibC.syscall(SYS_TGKILL, pid, tid, SIGNAL, 0, 0, 0);
    }

    /** Takes all pending kicks: real-time signals queue. The vCPU's thread. */
    public void drain() {
        while (LibC.syscall(SYS_RT_SIGTIMEDWAIT, set.address(), 0, noTime.address(), 8, 0, 0) >= 0) {}
    }
}
