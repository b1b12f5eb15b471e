package crosvm.schema.model;

/**
 * A TCP port of the host which leads to one of a machine on a network of the file.
 *
 * @param host port on the host, 1 to 65535
 * @param machine the machine's name in the file: {@code web}, or {@code web-2} of several
 * @param guest port in the guest, 1 to 65535
 */
public record MachineForward(int host, String machine, int guest) {
    /** What the text of one looks like. */
    public static final String FORM = "[1-9][0-9]{0,4}:[A-Za-z0-9][A-Za-z0-9_-]*:[1-9][0-9]{0,4}";

    /**
     * Reads {@code HOST:MACHINE:GUEST}.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static MachineForward parse(String text) {
        String[] parts = text.matches(FORM) ? text.split(":", -1) : new String[0];
        if (parts.length != 3 || Integer.parseInt(parts[0]) > 65535 || Integer.parseInt(parts[2]) > 65535) {
            throw new IllegalArgumentException("\"" + text + "\" is not a port forward: write \"HOST:MACHINE:GUEST\","
                    + " a machine between two port numbers from 1 to 65535");
        }
        return new MachineForward(Integer.parseInt(parts[0]), parts[1], Integer.parseInt(parts[2]));
    }

    /** {@code HOST:MACHINE:GUEST}. */
    @Override
    public String toString() {
        return host + ":" + machine + ":" + guest;
    }
}
