package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The key by which this host's user logs in to one machine over vsock: made by ssh-keygen(1) when the machine's process starts, in the
 * machine's state folder, for its user alone, and gone with the machine. The guest is handed the public half. Used by the thread
 * that runs the machine.
 */
final class MachineKey {
    private static final String PROGRAM = "ssh-keygen";

    private MachineKey() {}

    /**
     * Makes a new key, and forgets the guest's key as it was known before.
     *
     * @return the public half, as a line of an authorized_keys file; null on a host without ssh-keygen, which has no ssh either
     * @throws FailedException when the key cannot be made
     */
    static @Nullable String make(StateFolder folder) {
        remove(folder);
        Path key = folder.sshKey();
        Process process;
        try {
            process = new ProcessBuilder(
                            PROGRAM, "-q", "-t", "ed25519", "-N", "", "-C", "crosvm-" + folder.name(), "-f", key + "")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return null;
        }
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int status = process.waitFor();
            if (status != 0) {
                throw new FailedException(
                        key + ": " + PROGRAM + " failed (status " + status + ")" + (said.isEmpty() ? "" : ": " + said));
            }
            return Files.readString(folder.sshPublicKey()).strip();
        } catch (IOException e) {
            throw new FailedException(key + ": cannot be made: " + FailureReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Removes both halves. */
    static void remove(StateFolder folder) {
        for (Path file : new Path[] {folder.sshKey(), folder.sshPublicKey()}) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new FailedException(file + ": cannot be removed: " + FailureReason.of(e), e);
            }
        }
    }
}
