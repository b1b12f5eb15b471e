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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
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
    private final boolean hadState;
    private final FutureTask<Optional<Long>> other;

    private NameLock(StateFolder folder, FileChannel channel, boolean fresh) {
        this.folder = folder;
        this.channel = channel;
        this.fresh = fresh;
        this.hadState = Files.exists(folder.stateFile());
        this.other = new FutureTask<>(this::findOther);
    }

    /**
     * Takes a name.
     *
     * @return null when another process has it
     * @throws FailedException when the state folder cannot be made or used, or a machine of that name lives on without one
     */
    static @Nullable NameLock take(StateFolders folders, String name) {
        NameLock lock = begin(folders, name);
        if (lock == null) {
            return null;
        }
        try {
            lock.requireNoOther();
            return lock;
        } catch (FailedException e) {
            lock.remove();
            lock.close();
            throw e;
        }
    }

    /**
     * The same, while it is still being looked whether a machine of that name lives on without its folder: before anything is done in its
     * name that such a machine could notice, {@link #requireNoOther} is to be called. The kernel takes 6 to 20 ms to list its locks, in which
     * it waits for all processors (fs/locks.c: locks_start).
     */
    static @Nullable NameLock begin(StateFolders folders, String name) {
        folders.make();
        StateFolder folder = folders.of(name);
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
                    lock.lookForOther();
                    return lock;
                }
                channel.close();
            }
        } catch (IOException e) {
            throw new FailedException(
                    folder.path() + ": cannot be used for the machine's state: " + FailureReason.of(e), e);
        }
        throw new FailedException(folder.path() + ": other processes keep creating and removing it; try again");
    }

    private void lookForOther() {
        Thread looks = new Thread(other, "other-machine");
        looks.setDaemon(true);
        looks.start();
    }

    /** The state file is there for as long as the folder of the last machine is. */
    private Optional<Long> findOther() {
        return hadState ? Optional.empty() : RemovedFolder.holder(folder, ProcessKey.PROC);
    }

    /**
     * Two machines of a name never run, also when the folder of the first was removed under it. Waits until that is known.
     *
     * @throws FailedException when there is one
     */
    void requireNoOther() {
        Optional<Long> found;
        try {
            found = other.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("looking for another machine of that name", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return; // The machine is stopped before it begins.
        }
        found.ifPresent(pid -> {
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
