package crosvm.seccomp.policy;

/**
 * What happens to a system call.
 *
 * @param kind what the kernel does
 * @param data the errno of {@link Kind#ERRNO} (0 to 4095); for the others what the filter returned in its low half
 */
public record Action(Kind kind, int data) {

    public static final Action ALLOW = new Action(Kind.ALLOW, 0);
    public static final Action KILL_PROCESS = new Action(Kind.KILL_PROCESS, 0);
    public static final Action KILL_THREAD = new Action(Kind.KILL_THREAD, 0);
    public static final Action TRAP = new Action(Kind.TRAP, 0);
    public static final Action LOG = new Action(Kind.LOG, 0);

    /** The largest errno a filter can return: MAX_ERRNO in the kernel. */
    public static final int MAX_ERRNO = 4095;

    /** The kernel's actions, SECCOMP_RET_* in linux/seccomp.h, with the word that asks for each in a policy. */
    public enum Kind {
        KILL_PROCESS(0x8000_0000, "kill-process"),
        KILL_THREAD(0x0000_0000, "kill-thread"),
        TRAP(0x0003_0000, "trap"),
        ERRNO(0x0005_0000, "return"),
        USER_NOTIF(0x7fc0_0000, "user-notify"),
        LOG(0x7ffc_0000, "log"),
        ALLOW(0x7fff_0000, "allow");

        private final int bits;
        private final String word;

        Kind(int bits, String word) {
            this.bits = bits;
            this.word = word;
        }
    }

    /** Fails the call with this errno. */
    public static Action errno(int number) {
        if (number < 0 || number > MAX_ERRNO) {
            throw new IllegalArgumentException("errno " + number + " is outside 0.." + MAX_ERRNO);
        }
        return new Action(Kind.ERRNO, number);
    }

    /** What a filter program returns for this action. */
    public int toReturnValue() {
        return kind.bits | data;
    }

    /** The action of a filter's return value. An unknown one kills the process, as in the kernel. */
    public static Action fromReturnValue(int value) {
        for (Kind kind : Kind.values()) {
            if (kind.bits == (value & 0xffff_0000)) {
                return new Action(kind, value & 0xffff);
            }
        }
        return KILL_PROCESS;
    }

    /** Whether the system call is carried out. */
    public boolean letsThrough() {
        return kind == Kind.ALLOW || kind == Kind.LOG;
    }

    @Override
    public String toString() {
        return kind == Kind.ERRNO ? kind.word + " " + NamedConstants.errnoName(data) : kind.word;
    }
}
