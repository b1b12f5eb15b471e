package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One machine's state folder. Anybody may read {@code state.json}, which is replaced whole; only the holder of the
 * {@link NameLock} writes here. Immutable; any thread.
 *
 * @param name the machine's
 * @param path absolute
 */
public record StateFolder(String name, Path path) {
    Path stateFile() {
        return path.resolve("state.json");
    }

    Path lockFile() {
        return path.resolve("lock");
    }

    /** Where the machine is asked and told things; a link when its spec wants the socket elsewhere. */
    public Path controlSocket() {
        return path.resolve("control.sock");
    }

    /** Where programs attach to the console. */
    public Path consoleSocket() {
        return path.resolve("console.sock");
    }

    /** What the guest has written on its console. */
    public Path consoleLog() {
        return path.resolve("console.log");
    }

    /** What crosvm itself has said about a machine in the background. */
    public Path ownLog() {
        return path.resolve("crosvm.log");
    }

    /** What the machine was refused outside. */
    public Path networkLog() {
        return path.resolve("network.log");
    }

    /** The private half of the key that logs in to the guest over vsock. */
    public Path sshKey() {
        return path.resolve("ssh_key");
    }

    Path sshPublicKey() {
        return path.resolve("ssh_key.pub");
    }

    /** The effective spec, as YAML. */
    public Path specFile() {
        return path.resolve("spec.yaml");
    }

    /** What is written down; null when there is nothing that makes sense. */
    public @Nullable InstanceState read() {
        try {
            InstanceState state = InstanceState.fromJson(Files.readString(stateFile()));
            return state == null || !state.launch().name().equals(name) ? null : state;
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        } catch (java.nio.charset.CharacterCodingException e) {
            return null;
        } catch (java.nio.file.FileSystemException e) {
            if (Files.isDirectory(path)) {
                throw new FailedException(stateFile() + ": cannot be read: " + FailureReason.of(e), e);
            }
            return null; // Something else lies about in there.
        } catch (IOException e) {
            throw new FailedException(stateFile() + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    /**
     * Where a machine listens; when that is elsewhere, a link here leads there.
     *
     * @param wanted by its spec: a socket, or a folder for one; null for here
     */
    Path controlSocket(@Nullable Path wanted) {
        Path link = controlSocket();
        try {
            if (Files.isSymbolicLink(link)) {
                Files.delete(link);
            }
            if (wanted == null) {
                return link;
            }
            Path socket = Files.isDirectory(wanted) ? wanted.resolve("crosvm-" + OwnProcess.pid() + ".sock") : wanted;
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, socket);
            return socket;
        } catch (IOException e) {
            throw new VmmException(link + ": cannot create the link to the control socket: " + FailureReason.of(e), e);
        }
    }
}
