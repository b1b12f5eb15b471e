package crosvm.seccomp.install;

import crosvm.seccomp.policy.Action;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the running kernel's seccomp can do. Asking changes nothing in this process.
 *
 * @param filters whether filters exist at all (CONFIG_SECCOMP_FILTER)
 * @param actions what a filter may return
 * @param flags what installing a filter may be asked for
 */
public record SeccompSupport(boolean filters, Set<Action.Kind> actions, Set<Flag> flags) {

    private static final long SECCOMP_SET_MODE_FILTER = 1;
    private static final long SECCOMP_GET_ACTION_AVAIL = 2;
    private static final int EFAULT = 14;

    public SeccompSupport {
        actions = Set.copyOf(actions);
        flags = Set.copyOf(flags);
    }

    /** SECCOMP_FILTER_FLAG_* of linux/seccomp.h, those that this project uses. */
    public enum Flag {
        /** All threads at once, or none. */
        TSYNC(1),
        /** Every action but allow leaves a line in the kernel's log, as far as kernel.seccomp.actions_logged says. */
        LOG(2);

        private final long bit;

        Flag(long bit) {
            this.bit = bit;
        }

        long bit() {
            return bit;
        }
    }

    /** Asks the kernel. */
    public static SeccompSupport probe() {
        Set<Action.Kind> actions = EnumSet.noneOf(Action.Kind.class);
        ByteBuffer word = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Action.Kind kind : Action.Kind.values()) {
            word.putInt(0, new Action(kind, 0).toReturnValue());
            if (Calls.syscall(Calls.SYS_SECCOMP, SECCOMP_GET_ACTION_AVAIL, 0, Calls.addressOf(word)) == 0) {
                actions.add(kind);
            }
        }
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        for (Flag flag : Flag.values()) {
            if (takes(flag.bit())) {
                flags.add(flag);
            }
        }
        return new SeccompSupport(takes(0), actions, flags);
    }

    /** A null program faults (EFAULT) only after the flags have been found good (else EINVAL). */
    private static boolean takes(long flags) {
        long result = Calls.syscall(Calls.SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, flags, 0);
        return result == -1 && Calls.errno() == EFAULT;
    }
}
