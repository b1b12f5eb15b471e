package crosvm.vmm.console;

/**
 * Picks the user's own commands out of what is typed: Ctrl-A x quits, Ctrl-A b sends a break (SysRq on a Linux serial
 * console), Ctrl-A Ctrl-A sends one Ctrl-A. Ctrl-A with any other key goes to the guest as typed. The same
 * keys as QEMU's and picocom's. For terminals only: piped input is the guest's, byte for byte. Used by one thread.
 */
public final class EscapeKey {
    /** For a greeting or help text. */
    public static final String HELP = "Ctrl-A x quits, Ctrl-A Ctrl-A sends Ctrl-A, Ctrl-A b sends a break";

    private static final byte CTRL_A = 1;

    /** What a key stroke amounts to. */
    public enum Action {
        /** Nothing yet: the escape key itself. */
        NONE,
        /** The key goes to the guest. */
        PASS,
        /** Ctrl-A, then the key, go to the guest. */
        PASS_BOTH,
        /** A break goes to the guest. */
        BREAK,
        /** The user wants to leave. */
        QUIT
    }

    private boolean escaped;

    public Action typed(byte key) {
        if (!escaped) {
            escaped = key == CTRL_A;
            return escaped ? Action.NONE : Action.PASS;
        }
        escaped = false;
        return switch (key) {
            case 'x', 'X' -> Action.QUIT;
            case 'b', 'B' -> Action.BREAK;
            case CTRL_A -> Action.PASS;
            default -> Action.PASS_BOTH;
        };
    }
}
