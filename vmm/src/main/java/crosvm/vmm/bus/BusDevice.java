package crosvm.vmm.bus;

/**
 * A device's register window on the port or MMIO bus. Called on the accessing vCPU's thread, so by several at once:
 * an implementation guards its own state and never blocks.
 */
public interface BusDevice {
    /**
     * @param offset bytes from the window's start
     * @param size 1, 2, 4 or (MMIO only) 8 bytes; the access lies wholly inside the window
     * @return the value, zero-extended; registers that do not exist read as all ones, as an empty bus does
     */
    long read(long offset, int size);

    void write(long offset, int size, long value);
}
