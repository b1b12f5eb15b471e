package crosvm.runner.report;

import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.machine.Shutdown;
import java.io.PrintStream;

/** How a machine's end is told, and which status it gives. */
public final class EndReport {
    private EndReport() {}

    /** Tells of an end that is not the ordinary one. */
    public static ExitStatus tell(String machine, Shutdown end, PrintStream err) {
        ExitStatus status = statusOf(end);
        String detail = end.detail();
        if (status == ExitStatus.FAILED || end.reason() == Shutdown.Reason.FORCED_OFF) {
            err.println("crosvm: " + machine + ": " + detail);
        } else if (status != ExitStatus.OK && end.reason() != Shutdown.Reason.SIGNAL) {
            err.println("crosvm: " + machine + ": " + status.meaning() + (detail.isEmpty() ? "" : "\n" + detail));
        }
        return status;
    }

    /** Why a machine ended, in a part of a sentence that fits into a line. */
    public static String cause(Shutdown end) {
        return switch (end.reason()) {
            case FAILED -> end.detail();
            case PANIC, TRIPLE_FAULT, RESET -> statusOf(end).meaning();
            case POWER_OFF -> "the guest powered off";
            case STOPPED -> "it was stopped";
            case FORCED_OFF -> "forced off: " + end.detail();
            case SIGNAL -> "ended by " + end.detail();
        };
    }

    /** An end by the user's own wish (escape key, stop) is a good one. */
    public static ExitStatus statusOf(Shutdown end) {
        return switch (end.reason()) {
            case FAILED -> ExitStatus.FAILED;
            case PANIC -> ExitStatus.GUEST_PANIC;
            case TRIPLE_FAULT -> ExitStatus.GUEST_CRASH;
            case RESET -> ExitStatus.GUEST_RESET;
            case POWER_OFF, STOPPED -> ExitStatus.OK;
            case FORCED_OFF -> ExitStatus.FORCED_OFF;
            case SIGNAL -> ExitStatus.of(ExitStatus.SIGNALLED + EndingSignals.number(end.detail()));
        };
    }
}
