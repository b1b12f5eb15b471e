package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.FileIdentity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A machine's name, taken by this process for as long as it lives: a lock on a file in the state folder, which the kernel
 * takes away when the process ends, however it ends. Of several processes that want a name at the same moment one gets it.
 * Owned by one thread.
 */
final class NameLock implements AutoCloseable {
    private static final int MAX_ATTEMPTS = 100;

    private final StateFolder folder;
    private final FileChannel channel;
    private final boolean fresh;

    private NameLock(StateFolder folder, FileChannel channel, boolean fresh) {
        this.folder = folder;
        this.channel = channel;
        this.fresh = fresh;
    }

    /**
     * Takes a name.
     *
     * @return null when another process has it
     * @throws FailedException when the state folder cannot be made or used
     */
    static @Nullable NameLock take(StateFolders folders, String name) {
        folders.make();
        StateFolder folder = folders.of(name);
        // Before anything is made in that folder, which would pass for a change.
        KernelLocks locks = KernelLocks.unless(
                Objects.requireNonNull(folder.path().getParent(), "a state folder lies in that of all machines"));
        try {
            for (int i = 0; i < MAX_ATTEMPTS; i++) {
                makeFolder(folder);
                FileIdentity before = FileIdentity.at(folder.lockFile());
                FileChannel channel;
                try {
                    channel = FileChannel.open(
                            folder.lockFile(),
                            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                } catch (NoSuchFileException e) {
                    locks = null; // Something has changed.
                    continue; // Its last holder has just removed the folder.
                }
                if (before == null) {
                    channel.close();
                    continue; // It is there now.
                }
                if (!lock(channel)) {
                    channel.close();
                    return null;
                }
                // A file that was removed between open and lock keeps nobody out. Ours keeps its inode while it is
                // open.
                if (before.equals(FileIdentity.at(folder.lockFile()))) {
                    NameLock lock = new NameLock(folder, channel, isFresh(folder));
                    lock.requireNoOther(locks);
                    return lock;
                }
                locks = null;
                channel.close();
            }
        } catch (IOException e) {
            throw new FailedException(
                    folder.path() + ": cannot be used for the machine's state: " + FailureReason.of(e), e);
        }
        throw new FailedException(folder.path() + ": other processes keep creating and removing it; try again");
    }

    /** Two machines of a name never run, also when the folder of the first was removed under it. */
    private void requireNoOther(@Nullable KernelLocks locks) {
        if (Files.exists(folder.stateFile())) {
            return;
        }
        RemovedFolder.holder(folder, ProcessKey.PROC, locks).ifPresent(pid -> {
            remove();
            close();
            throw new FailedException(folder.name() + ": still runs as process " + pid + ", though its state folder "
                    + folder.path() + " was removed (systemd does that at logout, unless: loginctl enable-linger)."
                    + " End it first: kill " + pid);
        });
    }

    private static void makeFolder(StateFolder folder) throws IOException {
        try {
            Files.createDirectory(
                    folder.path(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            return;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // This very process has it.
        }
    }

    /** Nothing of a machine in the background is there, whose log and status somebody may still want. */
    private static boolean isFresh(StateFolder folder) {
        InstanceState before = folder.read();
        return before == null || !before.launch().background();
    }

    StateFolder folder() {
        return folder;
    }

    /** Whether the folder holds nothing that was worth keeping before us. */
    boolean isFresh() {
        return fresh;
    }

    /** Writes a file of the folder whole: who reads sees the old one or the new one. */
    void write(Path file, String text) {
        try {
            WholeFile.replace(file, text);
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be written: " + FailureReason.of(e), e);
        }
    }

    void write(InstanceState state) {
        write(folder.stateFile(), state.toJson());
    }

    /** Removes the folder and all in it. */
    void remove() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.path())) {
            for (Path file : files) {
                if (!file.equals(folder.lockFile())) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(folder.lockFile());
            Files.deleteIfExists(folder.path());
        } catch (DirectoryNotEmptyException e) {
            return; // Somebody has taken the name meanwhile.
        } catch (IOException e) {
            throw new FailedException(folder.path() + ": cannot be removed: " + FailureReason.of(e), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new FailedException(folder.lockFile() + ": " + FailureReason.of(e), e);
        }
    }
}
