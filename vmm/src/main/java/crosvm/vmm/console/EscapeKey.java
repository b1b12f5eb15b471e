package crosvm.vmm.console;

/**
 * Picks the user's own commands out of what is typed: Ctrl-A x quits, Ctrl-A b sends a break (SysRq on a Linux serial
 * console), Ctrl-A h lists these keys, Ctrl-A Ctrl-A sends one Ctrl-A. Ctrl-A with any other key goes to the guest as typed. The same
 * keys as QEMU's and picocom's. For terminals only: piped input is the guest's, byte for byte. Used by one thread.
 */
public final class EscapeKey {
    /** For a help text. */
    public static final String HELP =
            "Ctrl-A x quits, Ctrl-A h lists these keys, Ctrl-A Ctrl-A sends Ctrl-A, Ctrl-A b sends a break";

    /** For a greeting, behind what Ctrl-A x does. */
    public static final String MORE = "Ctrl-A h lists the keys";

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
        /** The user wants to see {@link #list}. */
        HELP,
        /** The user wants to leave. */
        QUIT
    }

    private boolean escaped;

    /**
     * The keys, a line each.
     *
     * @param quit what Ctrl-A x does
     * @param breaks whether a break can be sent
     */
    public static String list(String quit, boolean breaks) {
        return "\nCtrl-A x       " + quit + "\n"
                + (breaks ? "Ctrl-A b       send a break (Magic SysRq on a Linux serial console)\n" : "")
                + "Ctrl-A Ctrl-A  send Ctrl-A to the guest\n"
                + "Ctrl-A h       list these keys\n"
                + "All other keys go to the guest, Ctrl-C too.\n";
    }

    public Action typed(byte key) {
        if (!escaped) {
            escaped = key == CTRL_A;
            return escaped ? Action.NONE : Action.PASS;
        }
        escaped = false;
        return switch (key) {
            case 'x', 'X' -> Action.QUIT;
            case 'b', 'B' -> Action.BREAK;
            case 'h', 'H' -> Action.HELP;
            case CTRL_A -> Action.PASS;
            default -> Action.PASS_BOTH;
        };
    }
}
