package crosvm.schema.model;

/**
 * A TCP port of the host which leads to one of the guest.
 *
 * @param host port on the host, 1 to 65535
 * @param guest port in the guest, 1 to 65535
 */
public record PortForward(int host, int guest) {
    /** Refuses a port outside 1 to 65535 with an {@link IllegalArgumentException}. */
    public PortForward {
        if (host < 1 || host > 65535 || guest < 1 || guest > 65535) {
            throw new IllegalArgumentException("a port is a number from 1 to 65535");
        }
    }

    /**
     * Reads {@code HOST:GUEST}, or one number for both.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static PortForward parse(String text) {
        String[] parts = text.split(":", -1);
        for (String part : parts) {
            boolean number = part.length() <= 5 && part.matches("[1-9][0-9]*");
            if (!number || parts.length > 2 || Integer.parseInt(part) > 65535) {
                throw new IllegalArgumentException("\"" + text
                        + "\" is not a port forward: write \"HOST:GUEST\", two port numbers from 1 to 65535");
            }
        }
        return new PortForward(Integer.parseInt(parts[0]), Integer.parseInt(parts[parts.length - 1]));
    }

    /** {@code HOST:GUEST}. */
    @Override
    public String toString() {
        return host + ":" + guest;
    }
}
