package crosvm.vmm.virtio.remote;

import crosvm.vmm.memory.GuestAddressException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.Vring;

/**
 * A ring's place in this process's address space, which is what vhost and vhost-user talk in. Only {@link #of} makes them,
 * so that what a guest names has been checked: the kernel itself would take any address of ours.
 *
 * @param descriptors host address of the descriptor table
 * @param available host address of the available ring
 * @param used host address of the used ring
 */
record RingAddresses(long descriptors, long available, long used) {
    /** @throws GuestAddressException when a part is misaligned or lies outside guest memory */
    static RingAddresses of(GuestMemory memory, Vring ring) {
        long size = ring.size();
        return new RingAddresses(
                aligned(memory, ring.descriptors(), 16 * size, 16),
                aligned(memory, ring.available(), 6 + 2 * size, 2),
                aligned(memory, ring.used(), 6 + 8 * size, 4));
    }

    private static long aligned(GuestMemory memory, long address, long length, int alignment) {
        if ((address & alignment - 1) != 0) {
            throw new GuestAddressException(address, length, "not aligned to " + alignment);
        }
        return memory.hostAddress(address, length);
    }
}
