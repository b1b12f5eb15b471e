package crosvm.schema.model;

/**
 * An IPv4 address or netmask.
 *
 * @param bits the 32 bits, the first byte being the highest
 */
public record Ipv4Address(int bits) {
    /**
     * Reads four decimal numbers with dots between them, without leading zeros (which some tools read as octal).
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static Ipv4Address parse(String text) {
        int bits = 0;
        String[] parts = text.split("\\.", -1);
        boolean fits = parts.length == 4;
        for (int i = 0; fits && i < 4; i++) {
            String part = parts[i];
            fits = !part.isEmpty()
                    && part.length() <= 3
                    && isDigits(part)
                    && (part.length() == 1 || part.charAt(0) != '0')
                    && Integer.parseInt(part) <= 255;
            bits = fits ? bits << 8 | Integer.parseInt(part) : bits;
        }
        if (!fits) {
            throw new IllegalArgumentException("\"" + text + "\" is no IPv4 address: " + advice(text));
        }
        return new Ipv4Address(bits);
    }

    private static boolean isDigits(String part) {
        for (int i = 0; i < part.length(); i++) {
            if (part.charAt(i) < '0' || part.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static String advice(String text) {
        int slash = text.indexOf('/');
        if (slash > 0 && text.substring(slash).matches("/([1-9]|[12][0-9]|3[0-2])")) {
            return "write the address alone; as a netmask, " + text.substring(slash) + " is "
                    + mask(text.substring(slash + 1));
        }
        String prefix = text.startsWith("/") ? text.substring(1) : text;
        if (prefix.matches("[1-9]|[12][0-9]|3[0-2]")) {
            return "the mask of that length is " + mask(prefix);
        }
        return "write four numbers from 0 to 255 with dots between them, without leading zeros";
    }

    private static Ipv4Address mask(String length) {
        return new Ipv4Address((int) (-1L << 32 - Integer.parseInt(length)));
    }

    /** Whether an interface on a network can have this address: not this host, loopback, multicast or reserved. */
    public boolean isUnicast() {
        int first = bits >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    /** The length of the prefix when this is a netmask, else -1. */
    public int prefixLength() {
        int ones = Integer.numberOfLeadingZeros(~bits);
        return ones == 32 || bits << ones == 0 ? ones : -1;
    }

    /** Four decimal numbers with dots. */
    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
    }
}
