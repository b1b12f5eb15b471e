package crosvm.vmm.memory;

/**
 * The guest named memory that it does not have, or a word that is not aligned. A guest's mistake, so whoever serves the
 * guest's request catches it there; it carries no stack trace because a hostile guest may cause millions.
 */
public final class GuestAddressException extends RuntimeException {
    public GuestAddressException(long address, long length, String why) {
        super(
                "guest address 0x" + Long.toHexString(address) + ", length 0x" + Long.toHexString(length) + ": " + why,
                null,
                false,
                false);
    }
}
