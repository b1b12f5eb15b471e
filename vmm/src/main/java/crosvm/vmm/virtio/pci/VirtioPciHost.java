package crosvm.vmm.virtio.pci;

import crosvm.vmm.bus.IoEvents;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.irq.MsiRoutes;
import crosvm.vmm.memory.GuestMemory;

/**
 * What all virtio functions of a machine share.
 *
 * @param memory the guest's
 * @param msiRoutes where MSI-X messages come from
 * @param ioEvents how notifications reach devices without us
 * @param loop carries INTx interrupts for guests without MSI-X
 */
public record VirtioPciHost(GuestMemory memory, MsiRoutes msiRoutes, IoEvents ioEvents, EventLoop loop) {}
