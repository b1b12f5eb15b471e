package crosvm.vmm.graph;

/**
 * A base address register of a PCI function: a memory window, 32 bits wide, not prefetchable.
 *
 * @param index 0 to 5
 * @param address where the guest finds it before it moves it, a multiple of {@code size}
 * @param size bytes, a power of two
 */
public record Bar(int index, long address, long size) {}
