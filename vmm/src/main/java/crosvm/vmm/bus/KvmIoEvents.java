package crosvm.vmm.bus;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.linux.ErrnoException;

/**
 * KVM's ioeventfds (KVM api.rst §4.59). Registered for any length, which lets the kernel skip decoding the
 * instruction.
 */
public final class KvmIoEvents implements IoEvents {
    private static final int ANY_LENGTH = 0;

    private final KvmVm vm;

    public KvmIoEvents(KvmVm vm) {
        this.vm = vm;
    }

    @Override
    public boolean add(EventFd event, long address) {
        try {
            vm.assignIoEventFd(event, address, ANY_LENGTH);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    @Override
    public void remove(EventFd event, long address) {
        vm.deassignIoEventFd(event, address, ANY_LENGTH);
    }
}
