package crosvm.runner.ssh;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One run of OpenSSH's client. What ssh itself has to say goes into a file, so that standard error is the guest's alone. A status of 255,
 * which ssh has for its own failures, is the guest's only where ssh says there that the guest has sent it. Ends with this process. Used
 * by one thread.
 */
public final class SshSession implements AutoCloseable {
    private static final String PROGRAM = "ssh";
    private static final int SSH_FAILED = 255;
    private static final long LAST_WORDS_SECONDS = 5;
    private static final String SENT_BY_GUEST = "debug1: Exit status 255";
    private static final String NOT_FOR_PEOPLE =
            "debug1: |OpenSSH_|Authenticated to |Warning: Permanently added |Transferred: |Bytes per second: ";

    private final StateFolder folder;
    private final Process process;
    private final SshLog log;
    private final Thread hook;

    private SshSession(StateFolder folder, Process process, SshLog log) {
        this.folder = folder;
        this.process = process;
        this.log = log;
        hook = new Thread(this::end, "end-ssh");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts one.
     *
     * @param flags for ssh, in front of the host
     * @param command a line for the shell of the guest's user; null for that shell itself
     * @param in where its standard input comes from
     * @param out where its standard output goes
     * @throws FailedException when there is no ssh, or no key
     */
    public static SshSession start(
            SshOptions options, List<String> flags, String user, @Nullable String command, Redirect in, Redirect out) {
        StateFolder folder = options.folder();
        requireKey(folder);
        SshLog log = null;
        try {
            log = SshLog.create();
            List<String> words = new ArrayList<>(List.of(PROGRAM));
            words.addAll(options.words());
            words.addAll(List.of("-E", log.file().toString(), "-l", user));
            words.addAll(flags);
            words.addAll(List.of("--", options.alias()));
            if (command != null) {
                words.add(command);
            }
            Process process = new ProcessBuilder(words)
                    .redirectInput(in)
                    .redirectOutput(out)
                    .redirectError(Redirect.INHERIT)
                    .start();
            log.watch(process, SshLog.MAX_BYTES);
            return new SshSession(folder, process, log);
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

    private static void requireKey(StateFolder folder) {
        if (Files.exists(folder.sshKey())) {
            return;
        }
        InstanceState state = folder.read();
        if (state == null || !state.isAlive()) {
            throw new UnreachableException(MachineNames.notRunning(folder, state));
        }
        throw new UnreachableException(folder.name()
                + (state.launch().fields().containsKey("vsock.cid")
                        ? ": there is no key for its guest, because ssh-keygen was missing when it was started (Debian: openssh-client). Install it, and: crosvm restart "
                                + folder.name()
                        : ": has no vsock device; add one to its spec: vsock: auto"));
    }

    /** Its streams, as far as they are pipes. */
    public Process process() {
        return process;
    }

    /** Whether it ends within that time. */
    boolean endsWithin(Duration time) {
        try {
            return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Waits for its end.
     *
     * @return the status of what ran in the guest
     * @throws UnreachableException when nothing has run, or its end is not known; the message is empty when the program that connects
     *     has told why
     */
    public int await() {
        int status;
        try {
            status = process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted");
        }
        if (log.isFull()) {
            throw new UnreachableException(folder.name() + ": the guest's sshd has told ssh more than "
                    + (SshLog.MAX_BYTES >> 20) + " MiB for its log, as no honest one does; the session was ended");
        }
        if (status != SSH_FAILED) {
            return status;
        }
        List<String> lines = log.lines();
        if (lines.contains(SENT_BY_GUEST)) {
            return status;
        }
        List<String> said = lines.stream().filter(SshSession::isForPeople).toList();
        InstanceState state = folder.read();
        if (SshFailure.isTold(said)) {
            throw new UnreachableException("");
        }
        throw new UnreachableException(
                state == null || !state.isAlive()
                        ? MachineNames.notRunning(folder, state)
                        : SshFailure.explain(folder.name(), said));
    }

    /** Whether a line of ssh's log says something to its user. */
    static boolean isForPeople(String line) {
        return !line.matches("(" + NOT_FOR_PEOPLE + ").*");
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
