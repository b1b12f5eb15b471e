package crosvm.vmm.linux;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.jna.LibC;

/** A system call that failed: which one, on what, and errno. */
public class ErrnoException extends VmmException {
    private final int code;

    public ErrnoException(String what, int code) {
        super(what + ": " + text(code));
        this.code = code;
    }

    /** With what to do about it, as a second sentence. */
    public ErrnoException(String what, int code, String advice) {
        super(what + ": " + text(code) + ". " + advice);
        this.code = code;
    }

    /** With the limit that is the cause. */
    private static String text(int code) {
        ResourceLimit limit = switch (Errno.of(code)) {
            case EMFILE -> ResourceLimit.FILES;
            case EFBIG -> ResourceLimit.FILE_SIZE;
            default -> null;
        };
        return Errno.describe(code)
                + (limit == null || limit.soft() == ResourceLimit.UNLIMITED
                        ? ""
                        : "; the limit is " + limit.soft() + ", see " + limit.command());
    }

    public Errno errno() {
        return Errno.of(code);
    }

    public int code() {
        return code;
    }

    /**
     * Passes a system call's result through.
     *
     * @param what names the call and its object, such as {@code "/dev/kvm: open"}
     * @throws ErrnoException when {@code result} is negative, with this thread's errno
     */
    public static int check(int result, String what) {
        if (result < 0) {
            throw new ErrnoException(what, LibC.errno());
        }
        return result;
    }

    public static long check(long result, String what) {
        if (result < 0) {
            throw new ErrnoException(what, LibC.errno());
        }
        return result;
    }

    /** The same for results that carry the errno in them, negative. */
    public static long checkResult(long result, String what) {
        if (result < 0) {
            throw new ErrnoException(what, (int) -result);
        }
        return result;
    }
}
