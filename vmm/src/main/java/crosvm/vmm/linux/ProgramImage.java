package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;

/** A program that is to take the place of this one in this process (execve(2)). Used by one thread. */
public final class ProgramImage {
    private static final int SYS_EXECVE = 59;
    private static final int SYS_PRCTL = 157;
    private static final int PR_SET_PDEATHSIG = 1;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;

    /** More descriptors than a process that uses this may have. */
    private static final int MAX_FILES = 256;

    private final String program;
    private final int kept;
    private final NativeBuffer path;
    private final CStrings arguments;
    private final CStrings variables;

    private ProgramImage(List<String> command, Map<String, String> environment, int kept) {
        this.program = command.get(0);
        this.kept = kept;
        byte[] name = NativeBuffer.cString(program);
        this.path = NativeBuffer.allocate(name.length);
        path.bytes().put(0, name);
        this.arguments = CStrings.of(command);
        this.variables = CStrings.of(environment.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList());
    }

    /**
     * Lays everything out in memory, so that little is left to do.
     *
     * @param command the program's absolute path and its arguments
     * @param kept how many descriptors it gets, from 0 on
     */
    public static ProgramImage prepare(List<String> command, Map<String, String> environment, int kept) {
        return new ProgramImage(command, environment, kept);
    }

    /**
     * Does not return. The program dies with the parent of this process: that is said of a thread (prctl(2), PR_SET_PDEATHSIG),
     * and of all threads the calling one alone lives on.
     *
     * @throws ErrnoException when the program cannot be started
     */
    public void replaceThisProcess() {
        for (int number = 0; number < MAX_FILES; number++) {
            LibC.fcntl(number, F_SETFD, number < kept ? 0 : FD_CLOEXEC); // Those that are not open do not mind.
        }
        long dies = LibC.syscall(SYS_PRCTL, PR_SET_PDEATHSIG, ProcessExit.SIGKILL, 0, 0, 0, 0);
        ErrnoException.check(dies, "prctl(PR_SET_PDEATHSIG)");
        long result = LibC.syscall(SYS_EXECVE, path.address(), arguments.address(), variables.address(), 0, 0, 0);
        Reference.reachabilityFence(this);
        ErrnoException.check(result, program + ": execve");
    }
}
