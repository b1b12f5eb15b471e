package crosvm.seccomp.install;

import crosvm.seccomp.filter.BpfInstruction;
import crosvm.seccomp.filter.BpfProgram;
import crosvm.seccomp.policy.PolicyException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * A filter program laid out in native memory, ready to be installed. Preparing and installing are two steps so that a
 * process can prepare while it still may read files and allocate, and needs one call when it closes the door.
 */
public final class InstallableFilter {

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final long SECCOMP_SET_MODE_FILTER = 1;
    /** sizeof(struct sock_fprog): a 16-bit length, padding, the address of the instructions. */
    private static final int SOCK_FPROG_SIZE = 16;

    /** SECCOMP_FILTER_FLAG_*: a descriptor for notifications; ESRCH instead of a thread's number, which could be one. */
    private static final long NEW_LISTENER = 1 << 3;

    private static final long TSYNC_ESRCH = 1 << 4;

    private static final int SOCK_FPROG_FILTER = 8;

    /** Kept so that the instructions, to which the header points, stay where they are. */
    @SuppressWarnings("UnusedVariable")
    private final ByteBuffer program;

    private final ByteBuffer header;

    private InstallableFilter(ByteBuffer program, ByteBuffer header) {
        this.program = program;
        this.header = header;
    }

    public static InstallableFilter prepare(BpfProgram filter) {
        return prepare(filter.toBytes());
    }

    /** @param bytes an array of struct sock_filter, as of {@link BpfProgram#toBytes} */
    public static InstallableFilter prepare(byte[] bytes) {
        ByteBuffer program = ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
        ByteBuffer header = ByteBuffer.allocateDirect(SOCK_FPROG_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(0, (short) (bytes.length / BpfInstruction.SIZE));
        header.putLong(SOCK_FPROG_FILTER, Calls.addressOf(program));
        return new InstallableFilter(program, header);
    }

    /**
     * Binds every thread of this process, present and future, for good: sets no_new_privs and installs the filter (prctl(2)
     * PR_SET_NO_NEW_PRIVS, seccomp(2) SECCOMP_FILTER_FLAG_TSYNC, which passes no_new_privs on to all threads too).
     *
     * @param more {@link SeccompSupport.Flag#LOG} or nothing; TSYNC is always asked for
     * @throws PolicyException when the kernel refuses; no thread is bound then
     */
    public void installOnAllThreads(Set<SeccompSupport.Flag> more) {
        long flags = SeccompSupport.Flag.TSYNC.bit();
        for (SeccompSupport.Flag flag : more) {
            flags |= flag.bit();
        }
        install(flags);
    }

    /**
     * {@link #installOnAllThreads}, and makes the descriptor on which calls are reported that the filter answers with
     * {@link crosvm.seccomp.policy.Action.Kind#USER_NOTIF}: such a call waits until whoever has the descriptor answers, and
     * fails with ENOSYS when nobody has it any more. It is carried out only if that somebody says so.
     *
     * @return the descriptor, close-on-exec, to be handed out of this process and closed in it
     * @throws PolicyException when the kernel refuses (it must be 5.7 or newer); no thread is bound then
     */
    public int installOnAllThreadsWithListener() {
        return install(SeccompSupport.Flag.TSYNC.bit() | NEW_LISTENER | TSYNC_ESRCH);
    }

    /** Binds the calling thread alone: for tests, since the others of the process could act for it. */
    void installOnThisThread() {
        install(0);
    }

    private int install(long flags) {
        if (Calls.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
            throw new PolicyException(
                    "prctl(PR_SET_NO_NEW_PRIVS): " + Calls.errnoName() + ": the kernel is older than 3.5");
        }
        long result = Calls.syscall(Calls.SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, flags, Calls.addressOf(header));
        boolean listens = (flags & NEW_LISTENER) != 0;
        if (result > 0 && !listens) {
            throw new PolicyException("seccomp(SECCOMP_SET_MODE_FILTER, TSYNC): thread " + result
                    + " already has another filter, so the threads cannot share one");
        }
        if (result < 0) {
            throw new PolicyException("seccomp(SECCOMP_SET_MODE_FILTER): " + Calls.errnoName() + reason(Calls.errno()));
        }
        return (int) result;
    }

    private static String reason(int errno) {
        return switch (errno) {
            case 1, 13 -> ": a filter needs no_new_privs or CAP_SYS_ADMIN";
            case 3 -> ": some thread already has another filter, so the threads cannot share one";
            case 12 -> ": all filters of this process together exceed the kernel's limit";
            case 22 ->
                ": the kernel does not know an action or flag, or has no CONFIG_SECCOMP_FILTER;"
                        + " `crosvm doctor` shows what it knows";
            case 38 -> ": this kernel has no seccomp(2)";
            default -> "";
        };
    }
}
