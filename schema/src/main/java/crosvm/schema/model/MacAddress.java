package crosvm.schema.model;

/**
 * An Ethernet address.
 *
 * @param bits the 48 bits, the first byte on the wire being the highest
 */
public record MacAddress(long bits) {
    /** Refuses more than 48 bits with an {@link IllegalArgumentException}. */
    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits");
        }
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
        return (bits >>> 40 & 1) != 0;
    }

    /** The six bytes in the order of the wire. */
    public byte[] toBytes() {
        byte[] bytes = new byte[6];
        for (int i = 0; i < 6; i++) {
            bytes[i] = (byte) (bits >>> (40 - 8 * i));
        }
        return bytes;
    }

    /** Lower case with colons. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 44; shift >= 0; shift -= 4) {
            text.append(Character.forDigit((int) (bits >>> shift & 15), 16));
            if (shift % 8 == 0 && shift != 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
