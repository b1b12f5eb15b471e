package crosvm.vmm.memory;

/**
 * A range of guest memory that has been checked: all of it lies in one region. Only {@link GuestMemory} makes them, so
 * holding one is the proof. {@code hostAddress} may be given to the kernel (preadv, readv) while the memory is mapped.
 *
 * @param guestAddress guest-physical address of the first byte
 * @param hostAddress address of the same byte in this process
 * @param length bytes, 0 or more
 */
public record GuestRange(long guestAddress, long hostAddress, int length) {}
