package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/**
 * One run of crosvm on another host, by the system's ssh with the user's own configuration, keys and known hosts. Ends with this process.
 * Used by one thread.
 */
public final class HostSession implements AutoCloseable {
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
    private final SshProcess ssh;

    private HostSession(HostAddress host, SshProcess ssh) {
        this.host = host;
        this.ssh = ssh;
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
        List<String> arguments = new ArrayList<>(List.of(host.text(), version, String.valueOf(withoutProgram)));
        arguments.addAll(words);
        Redirect stream = piped ? Redirect.PIPE : Redirect.INHERIT;
        SshProcess ssh = SshProcess.start(
                log -> {
                    List<String> command = new ArrayList<>(List.of(terminal ? "-tt" : "-T", "-e", "none"));
                    command.addAll(List.of("-o", "LogLevel=DEBUG1", "-E", log.toString()));
                    command.addAll(host.words());
                    command.add(ShellWords.script(SCRIPT, arguments));
                    return command;
                },
                stream,
                stream,
                null); // The user may be asked for a password.
        return new HostSession(host, ssh);
    }

    /** Its streams, as far as they are pipes. */
    public Process process() {
        return ssh.process();
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
            status = ssh.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted", e);
        }
        if (status != SshProcess.FAILED) {
            return status;
        }
        if (!ssh.excess().isEmpty()) {
            throw new FailedException(host.text() + ": its sshd " + ssh.excess());
        }
        List<String> said = ssh.said();
        throw new FailedException(host.text() + ": "
                + (said.isEmpty()
                        ? "the session has ended, and the host has not said how"
                        : "ssh: "
                                + said.get(said.size() - 1)
                                        .strip()
                                        .replaceFirst("^ssh: ", "")
                                        .replaceFirst("\\.$", ""))
                + ". Try by hand: " + host.tryIt());
    }

    @Override
    public void close() {
        ssh.close();
    }
}
