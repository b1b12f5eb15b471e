package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.EndingSignals;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One run of OpenSSH's client. What ssh itself has to say goes into a file, so that standard error is the other side's alone. A status of
 * 255, which ssh has for its own failures, is the other side's only where ssh says there that it was sent. Ends with this process. Used
 * by one thread.
 */
final class SshProcess implements AutoCloseable {
    /** What {@link #await} returns when ssh itself failed; no exit status. */
    static final int FAILED = -1;

    private static final String PROGRAM = "ssh";
    private static final int STATUS_OF_SSH = 255;
    private static final long LAST_WORDS_SECONDS = 5;
    /** With LogVerbose, the place in ssh's source stands in the middle. */
    private static final Pattern SENT = Pattern.compile("debug1: (clientloop\\.c:.*: )?Exit status " + STATUS_OF_SSH);

    private static final Pattern PLACE =
            Pattern.compile("^(clientloop|sshconnect|packet)\\.c:[a-z0-9_]+\\(\\):[0-9]+ \\(pid=[0-9]+\\): ");

    private static final Pattern NOT_FOR_PEOPLE = Pattern.compile("(debug1: |OpenSSH_|Authenticated to "
            + "|Warning: Permanently added |(clientloop\\.c:.*: )?(Transferred|Bytes per second): ).*");

    private final Process process;
    private final SshLog log;
    private final Thread hook;

    private SshProcess(Process process, SshLog log) {
        this.process = process;
        this.log = log;
        hook = new Thread(this::end, "end-ssh");
        if (!EndingSignals.atEnd(hook)) {
            end();
        }
    }

    /**
     * Starts one.
     *
     * @param arguments of ssh, for the file that they are to name as its log ({@code -E}), and to have the status that was sent written there
     * @param in where its standard input comes from
     * @param out where its standard output goes
     * @param login how long it may take until the session begins, as far as ssh logs that; null for any time
     * @throws FailedException when there is no ssh
     */
    static SshProcess start(
            Function<Path, List<String>> arguments, Redirect in, Redirect out, @Nullable Duration login) {
        SshLog log = null;
        try {
            log = SshLog.create();
            List<String> words = new ArrayList<>(List.of(PROGRAM));
            words.addAll(arguments.apply(log.file()));
            Process process = new ProcessBuilder(words)
                    .redirectInput(in)
                    .redirectOutput(out)
                    .redirectError(Redirect.INHERIT)
                    .start();
            log.watch(process, SshLog.MAX_BYTES, login);
            return new SshProcess(process, log);
        } catch (IOException e) {
            if (log != null) {
                log.close();
            }
            throw new FailedException(
                    PROGRAM + ": cannot be started: " + FailureReason.of(e)
                            + ". It is OpenSSH's client (Debian: apt install openssh-client)",
                    e);
        }
    }

    /** Its streams, as far as they are pipes. */
    Process process() {
        return process;
    }

    /**
     * Waits for its end.
     *
     * @return the status that the other side has sent, 0 to 255, or {@link #FAILED}
     */
    int await() throws InterruptedException {
        int status = process.waitFor();
        return log.isFull()
                        || log.isStalled()
                        || status == STATUS_OF_SSH
                                && log.lines().stream()
                                        .noneMatch(line -> SENT.matcher(line).matches())
                ? FAILED
                : status;
    }

    /** Why the session was ended from here, as the end of a sentence about the other side; empty when it was not. */
    String excess() {
        return log.isFull()
                ? "has told ssh more than " + (SshLog.MAX_BYTES >> 20)
                        + " MiB for its log, as no honest one does; the session was ended"
                : "";
    }

    /** Whether the session was ended from here because the login did not come to an end. */
    boolean isStalled() {
        return log.isStalled();
    }

    /** What ssh has said to its user. */
    List<String> said() {
        return forPeople(log.lines());
    }

    /** The lines of ssh's log that say something to its user, without the places in its source that LogVerbose adds. */
    static List<String> forPeople(List<String> lines) {
        return lines.stream()
                .filter(SshProcess::isForPeople)
                .map(line -> PLACE.matcher(line).replaceFirst(""))
                .toList();
    }

    /** Whether a line of ssh's log says something to its user. */
    static boolean isForPeople(String line) {
        return !NOT_FOR_PEOPLE.matcher(line).matches();
    }

    private void end() {
        process.destroy();
        try {
            if (!process.waitFor(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
        log.close();
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // A signal ends the program, and the hook does the rest.
        }
        end();
    }
}
