package crosvm.runner.ssh;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.FailedException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A command or shell in a guest, by OpenSSH's client over vsock. Ends with this process. Used by one thread. */
public final class SshSession implements AutoCloseable {
    /** How long a guest that has greeted may take for key exchange and authentication; half of what sshd grants a client. */
    private static final Duration LOGIN = Duration.ofSeconds(60);

    private final StateFolder folder;
    private final SshProcess ssh;

    private SshSession(StateFolder folder, SshProcess ssh) {
        this.folder = folder;
        this.ssh = ssh;
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
        SshProcess ssh = SshProcess.start(
                log -> {
                    List<String> words = new ArrayList<>(options.words());
                    words.addAll(List.of("-E", log.toString(), "-l", user));
                    words.addAll(flags);
                    words.addAll(List.of("--", options.alias()));
                    if (command != null) {
                        words.add(command);
                    }
                    return words;
                },
                in,
                out,
                options.answer().plus(LOGIN));
        return new SshSession(folder, ssh);
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
        return ssh.process();
    }

    /** Whether it ends within that time. */
    boolean endsWithin(Duration time) {
        try {
            return process().waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
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
            status = ssh.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted");
        }
        if (status != SshProcess.FAILED) {
            return status;
        }
        if (!ssh.excess().isEmpty()) {
            throw new UnreachableException(folder.name() + ": the guest's sshd " + ssh.excess());
        }
        if (ssh.isStalled()) {
            throw new UnreachableException(folder.name() + ": the guest accepts connections on vsock port "
                    + GuestPort.SSH + ", and its sshd has fallen silent before the login was done");
        }
        List<String> said = ssh.said();
        InstanceState state = folder.read();
        if (SshFailure.isTold(said)) {
            throw new UnreachableException("");
        }
        throw new UnreachableException(
                state == null || !state.isAlive()
                        ? MachineNames.notRunning(folder, state)
                        : SshFailure.explain(folder.name(), said));
    }

    @Override
    public void close() {
        ssh.close();
    }
}
