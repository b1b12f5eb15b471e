package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/** The limits on this process, which its children inherit (getrlimit(2), asm-generic/resource.h). Any thread. */
public enum ResourceLimit {
    /** How far into a file may be written, memory files included; bytes. */
    FILE_SIZE(1, "ulimit -f", "LimitFSIZE"),
    /** Memory of a process's own; bytes. */
    DATA(2, "ulimit -d", "LimitDATA"),
    /** Processes and threads of the user; does not bind root. */
    PROCESSES(6, "ulimit -u", "LimitNPROC"),
    /** Descriptors: one more than the highest number. */
    FILES(7, "ulimit -n", "LimitNOFILE"),
    /** Bytes. */
    ADDRESS_SPACE(9, "ulimit -v", "LimitAS");

    /** Instead of a number. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final int SYS_PRLIMIT64 = 302;
    private static final int SIZE = 2 * Long.BYTES;
    private static final long INFINITY = -1;

    private final int resource;
    private final String command;
    private final String directive;

    ResourceLimit(int resource, String command, String directive) {
        this.resource = resource;
        this.command = command;
        this.directive = directive;
    }

    /** The shell's command that shows and sets it: {@code ulimit -n}. */
    public String command() {
        return command;
    }

    /** systemd's name for it: {@code LimitNOFILE}. */
    public String directive() {
        return directive;
    }

    /** What is in force. */
    public long soft() {
        return number(read(), 0);
    }

    /** What {@link #raise} may raise it to. */
    public long hard() {
        return number(read(), Long.BYTES);
    }

    /** Puts the soft limit up to the hard one. */
    public void raise() {
        NativeBuffer limits = read();
        long hard = limits.bytes().getLong(Long.BYTES);
        if (limits.bytes().getLong(0) != hard) {
            limits.bytes().putLong(0, hard);
            ErrnoException.check(
                    LibC.syscall(SYS_PRLIMIT64, 0, resource, limits.address(), 0, 0, 0), command + ": prlimit");
            Reference.reachabilityFence(limits);
        }
    }

    private NativeBuffer read() {
        NativeBuffer limits = NativeBuffer.allocate(SIZE);
        ErrnoException.check(
                LibC.syscall(SYS_PRLIMIT64, 0, resource, 0, limits.address(), 0, 0), command + ": prlimit");
        return limits;
    }

    private static long number(NativeBuffer limits, int offset) {
        long value = limits.bytes().getLong(offset);
        return value == INFINITY ? UNLIMITED : value;
    }
}
