package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of crosvm on another host, by the system's ssh with the user's own configuration, keys and known hosts. What ssh itself has to
 * say goes into a file, so that standard error is that crosvm's alone, and a status of 255 is ssh's only where it is. Ends with this
 * process. Used by one thread.
 */
public final class HostSession implements AutoCloseable {
    /** The status with which ssh itself fails. */
    public static final int SSH_FAILED = 255;

    private static final String SENT_BY_HOST = "debug1: Exit status 255";
    private static final long LAST_WORDS_SECONDS = 5;

    /** Runs crosvm with the arguments behind the first three: the host's name, the version here, the status without crosvm. */
    private static final String SCRIPT = """
            command -v crosvm >/dev/null 2>&1 || {
              echo "crosvm: $1: there is no crosvm on the PATH of its ssh sessions; install version $2 there" >&2
              exit "$3"
            }
            shift 3
            unset CROSVM_HOST
            [ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LC_ALL=C.UTF-8
            exec crosvm "$@\"""";

    private final HostAddress host;
    private final Process process;
    private final SshLog log;
    private final Thread hook;

    private HostSession(HostAddress host, Process process, SshLog log) {
        this.host = host;
        this.process = process;
        this.log = log;
        hook = new Thread(this::end, "end-ssh");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts one.
     *
     * @param terminal whether crosvm there gets a terminal, which is this one
     * @param version this program's, for a message
     * @param withoutProgram the status when there is no crosvm there
     * @param words behind {@code crosvm}
     * @param piped whether standard input and output are for the caller; else they are this process's
     * @throws FailedException when there is no ssh
     */
    public static HostSession start(
            HostAddress host, boolean terminal, String version, int withoutProgram, List<String> words, boolean piped) {
        SshLog log = null;
        try {
            log = SshLog.create();
            List<String> command = new ArrayList<>(List.of("ssh", terminal ? "-tt" : "-T", "-e", "none"));
            command.addAll(List.of("-o", "LogLevel=DEBUG1", "-E", log.file().toString()));
            command.addAll(host.words());
            List<String> arguments = new ArrayList<>(List.of(host.text(), version, String.valueOf(withoutProgram)));
            arguments.addAll(words);
            command.add(ShellWords.script(SCRIPT, arguments));
            Redirect stream = piped ? Redirect.PIPE : Redirect.INHERIT;
            Process process = new ProcessBuilder(command)
                    .redirectInput(stream)
                    .redirectOutput(stream)
                    .redirectError(Redirect.INHERIT)
                    .start();
            log.watch(process, SshLog.MAX_BYTES);
            return new HostSession(host, process, log);
        } catch (IOException e) {
            if (log != null) {
                log.close();
            }
            throw new FailedException(
                    "ssh: cannot be started: " + FailureReason.of(e)
                            + ". It is OpenSSH's client (Debian: apt install openssh-client)",
                    e);
        }
    }

    /** Its streams, as far as they are pipes. */
    public Process process() {
        return process;
    }

    /**
     * Waits for its end.
     *
     * @return the status of crosvm there
     * @throws FailedException when the host could not be reached, or how crosvm ended there is not known
     */
    public int await() {
        int status;
        try {
            status = process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted", e);
        }
        List<String> lines = status == SSH_FAILED ? log.lines() : List.of();
        if (status != SSH_FAILED || lines.contains(SENT_BY_HOST)) {
            return status;
        }
        List<String> said = lines.stream().filter(SshSession::isForPeople).toList();
        throw new FailedException(host.text() + ": "
                + (said.isEmpty()
                        ? "the session has ended, and the host has not said how"
                        : "ssh: " + said.get(said.size() - 1).strip().replaceFirst("\\.$", ""))
                + ". Try by hand: " + host.tryIt());
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
