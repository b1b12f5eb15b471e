package crosvm.vmm.irq;

/** Hands out message-signalled interrupts: each a GSI of its own with a message the guest programs. Any thread. */
public interface MsiRoutes {
    /** @throws crosvm.vmm.VmmException when there are no GSIs left */
    MsiRoute allocate();
}
