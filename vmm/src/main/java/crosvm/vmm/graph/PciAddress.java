package crosvm.vmm.graph;

/**
 * Where a function sits on the one PCI bus; always function 0 of its slot.
 *
 * @param slot 0 (the host bridge) to 31
 */
public record PciAddress(int slot) implements Comparable<PciAddress> {
    /** How many slots a bus has. */
    public static final int SLOTS = 32;

    /** Refuses a slot that does not exist with an {@link IllegalArgumentException}. */
    public PciAddress {
        if (slot < 0 || slot >= SLOTS) {
            throw new IllegalArgumentException("no PCI slot " + slot);
        }
    }

    /** The interrupt line of the slot's INTA pin: GSI 16 to 23, level-triggered. */
    public int intxGsi() {
        return 16 + slot % 8;
    }

    @Override
    public int compareTo(PciAddress other) {
        return Integer.compare(slot, other.slot);
    }

    /** Bus, device and function as Linux writes them: {@code 00:03.0}. */
    @Override
    public String toString() {
        return (slot < 16 ? "00:0" : "00:") + Integer.toHexString(slot) + ".0";
    }
}
