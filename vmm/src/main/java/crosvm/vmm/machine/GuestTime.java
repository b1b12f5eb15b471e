package crosvm.vmm.machine;

import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.KvmVm;
import java.util.List;
import java.util.TreeMap;

/**
 * The time that passes in the guest. It stands still while the machine is suspended: kvmclock, the vCPUs' time stamp counters
 * and the ACPI PM timer, against which Linux checks the others, all go on where they stopped. So nothing in the guest times
 * out, and no watchdog finds a lockup. The RTC tells the host's time of day throughout.
 *
 * <p>{@link #nanoTime()} may be called from any thread; the rest belongs to the main loop, and all vCPUs rest then.
 */
final class GuestTime {
    private static final int IA32_TSC = 0x10;

    private final KvmVm vm;
    private final List<KvmVcpu> vcpus;
    private volatile long behind;
    private long stoppedAt;
    private long clock;
    private long tsc;

    GuestTime(KvmVm vm, List<KvmVcpu> vcpus) {
        this.vm = vm;
        this.vcpus = vcpus;
    }

    /** A monotonic clock in nanoseconds, without the time that the machine was suspended. */
    long nanoTime() {
        return System.nanoTime() - behind;
    }

    void stop() {
        stoppedAt = System.nanoTime();
        clock = vm.clock();
        tsc = vcpus.get(0).msr(IA32_TSC);
    }

    /**
     * All counters go back by the same amount, so that what lies between two vCPUs' stays. KVM takes values that are written
     * within a second for one and the same time and keeps the counters in step.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes; the others only read.
    void goOn() {
        long ahead = vcpus.get(0).msr(IA32_TSC) - tsc;
        for (KvmVcpu vcpu : vcpus) {
            vcpu.setMsrs(new TreeMap<>(java.util.Map.of(IA32_TSC, vcpu.msr(IA32_TSC) - ahead)));
        }
        vm.setClock(clock);
        vcpus.forEach(KvmVcpu::tellGuestOfPause);
        behind += System.nanoTime() - stoppedAt;
    }
}
