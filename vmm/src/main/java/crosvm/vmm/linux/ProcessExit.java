package crosvm.vmm.linux;

/**
 * How a process ended.
 *
 * @param signal the signal that ended it, 0 when it ended by itself
 * @param code its exit status, 0 when a signal ended it
 */
public record ProcessExit(int signal, int code) {
    public static final int SIGABRT = 6;
    public static final int SIGKILL = 9;
    public static final int SIGSEGV = 11;
    public static final int SIGTERM = 15;
    /** What a system call that the seccomp filter refuses ends with. */
    public static final int SIGSYS = 31;

    private static final String[] NAMES = {
        "",
        "SIGHUP",
        "SIGINT",
        "SIGQUIT",
        "SIGILL",
        "SIGTRAP",
        "SIGABRT",
        "SIGBUS",
        "SIGFPE",
        "SIGKILL",
        "SIGUSR1",
        "SIGSEGV",
        "SIGUSR2",
        "SIGPIPE",
        "SIGALRM",
        "SIGTERM",
        "SIGSTKFLT",
        "SIGCHLD",
        "SIGCONT",
        "SIGSTOP",
        "SIGTSTP",
        "SIGTTIN",
        "SIGTTOU",
        "SIGURG",
        "SIGXCPU",
        "SIGXFSZ",
        "SIGVTALRM",
        "SIGPROF",
        "SIGWINCH",
        "SIGIO",
        "SIGPWR",
        "SIGSYS"
    };

    public boolean wasSignal() {
        return signal != 0;
    }

    public boolean isSuccess() {
        return signal == 0 && code == 0;
    }

    /** For a message: {@code ended with status 1}, {@code was ended by SIGSYS}. */
    @Override
    public String toString() {
        if (signal == 0) {
            return "ended with status " + code;
        }
        return "was ended by " + (signal < NAMES.length ? NAMES[signal] : "signal " + signal);
    }
}
