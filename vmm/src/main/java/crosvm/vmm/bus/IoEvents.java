package crosvm.vmm.bus;

import crosvm.vmm.event.EventFd;

/**
 * Guest writes that become signals without the vCPU leaving the kernel (KVM's ioeventfd). Where one cannot be had, the
 * write arrives at the {@link BusDevice} as any other, which does the same more slowly. Any thread.
 */
public interface IoEvents {
    /**
     * From now on a guest write of any size to MMIO {@code address} signals {@code event}.
     *
     * @return false when the kernel refuses
     */
    boolean add(EventFd event, long address);

    /** Undoes an {@link #add} that answered true. */
    void remove(EventFd event, long address);
}
