package crosvm.runner.report;

/** The exit statuses of {@code crosvm}, with what help and README say about each. */
public enum ExitStatus {
    OK(0, "the guest powered off, or the command succeeded"),
    FAILED(1, "the host or crosvm failed"),
    USAGE(2, "wrong usage, or a spec that cannot run"),
    UNREADABLE(3, "lint could not read a file"),
    TIMED_OUT(4, "a timeout expired (--wait-timeout)"),
    GUEST_RESET(32, "the guest asked for a reset"),
    GUEST_CRASH(33, "the guest crashed (triple fault)"),
    GUEST_PANIC(34, "the guest's kernel panicked (reported through pvpanic)"),
    FORCED_OFF(35, "the guest did not shut down in time (down) and was forced off"),
    NOT_RUN(125, "exec, run --rm: the command has not run, or its end is not known"),
    SIGHUP(129, "ended by SIGHUP"),
    SIGINT(130, "ended by SIGINT"),
    SIGQUIT(131, "ended by SIGQUIT"),
    SIGABRT(134, "ended by SIGABRT"),
    SIGUSR1(138, "ended by SIGUSR1"),
    SIGALRM(142, "ended by SIGALRM"),
    SIGTERM(143, "ended by SIGTERM"),
    NO_SESSION(255, "ssh: there is no session");

    /** What is added to the number of a signal that ended the process. */
    public static final int SIGNALLED = 128;

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The one with that code; FAILED for a code that is none of ours. */
    public static ExitStatus of(int code) {
        for (ExitStatus status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return FAILED;
    }

    /** What the process returns, 0 to 255. */
    public int code() {
        return code;
    }

    /** When it is returned, as a part of a sentence. */
    public String meaning() {
        return meaning;
    }
}
