package crosvm.schema.model;

import org.jspecify.annotations.Nullable;

/** An Ethernet address. Immutable; any thread. */
public final class MacAddress {
    private static final long LOCALLY_ADMINISTERED = 0x02L << 40;
    private static final long GROUP = 0x01L << 40;
    private static final long UNKNOWN = -1;

    /** What the address is worked out from, or null when it was given. */
    private final @Nullable String seed;

    private volatile long bits;

    private MacAddress(@Nullable String seed, long bits) {
        this.seed = seed;
        this.bits = bits;
    }

    /**
     * The address of these 48 bits, the first byte on the wire being the highest.
     *
     * @throws IllegalArgumentException for more than 48 bits
     */
    public MacAddress(long bits) {
        this(null, bits);
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits");
        }
    }

    /**
     * A local, unicast address which is the same for the same seed on every host. It is worked out when it is first asked for:
     * Java's cryptography takes longer to load than the lint of a file.
     */
    public static MacAddress derived(String seed) {
        return new MacAddress(seed, UNKNOWN);
    }

    /** The 48 bits, the first byte on the wire being the highest. */
    public long bits() {
        if (seed != null && bits == UNKNOWN) {
            bits = hash(seed) & ~GROUP | LOCALLY_ADMINISTERED;
        }
        return bits;
    }

    /** The first 48 bits of the seed's SHA-256. */
    private static long hash(String seed) {
        byte[] hash = TextHash.bytes(seed);
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | hash[i] & 0xff;
        }
        return bits;
    }

    /**
     * Reads six pairs of hex digits with colons between them.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static MacAddress parse(String text) {
        long bits = 0;
        boolean fits = text.length() == 17;
        for (int i = 0; fits && i < 17; i++) {
            char c = text.charAt(i);
            if (i % 3 == 2) {
                fits = c == ':';
            } else {
                int digit = c < 128 ? Character.digit(c, 16) : -1;
                fits = digit >= 0;
                bits = bits << 4 | digit & 15;
            }
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no MAC address: write six pairs of hex digits, \"52:54:00:12:34:56\"");
        }
        return new MacAddress(bits);
    }

    /** True when the group bit is set: no interface may have such an address. */
    public boolean isMulticast() {
        return (bits() & GROUP) != 0;
    }

    /** True when no manufacturer has given it out. */
    public boolean isLocal() {
        return (bits() & LOCALLY_ADMINISTERED) != 0;
    }

    /** The six bytes in the order of the wire. */
    public byte[] toBytes() {
        byte[] bytes = new byte[6];
        for (int i = 0; i < 6; i++) {
            bytes[i] = (byte) (bits() >>> (40 - 8 * i));
        }
        return bytes;
    }

    /** Lower case with colons. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 44; shift >= 0; shift -= 4) {
            text.append(Character.forDigit((int) (bits() >>> shift & 15), 16));
            if (shift % 8 == 0 && shift != 0) {
                text.append(':');
            }
        }
        return text.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MacAddress address && address.bits() == bits();
    }

    @Override
    public int hashCode() {
        return Long.hashCode(bits());
    }
}
