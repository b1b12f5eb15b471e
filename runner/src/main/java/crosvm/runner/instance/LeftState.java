package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a machine leaves behind in its state folder, log and status, and how it is removed. Immutable; any thread. */
public final class LeftState {
    /** A machine that has just ended lets go of the last things. */
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private final StateFolders folders;
    private final StateFolder folder;

    private LeftState(StateFolders folders, StateFolder folder) {
        this.folders = folders;
        this.folder = folder;
    }

    /** That of a machine. */
    public static LeftState of(StateFolder folder) {
        return new LeftState(
                new StateFolders(
                        Objects.requireNonNull(folder.path().getParent(), "a state folder lies in that of all")),
                folder);
    }

    /**
     * Whether there is something that no process uses: of a machine that has ended or was killed, or half of a folder that a crash
     * has left.
     */
    public boolean isRemovable() {
        InstanceState state = folder.read();
        return state == null ? Files.exists(folder.lockFile(), LinkOption.NOFOLLOW_LINKS) : !state.isAlive();
    }

    /**
     * Removes it; waits for a machine that has just ended.
     *
     * @return whether there was anything
     * @throws FailedException when a machine of that name is running, or something is in the folder that is not crosvm's
     */
    public boolean remove() {
        long start = System.nanoTime();
        while (Files.isDirectory(folder.path(), LinkOption.NOFOLLOW_LINKS)) {
            InstanceState state = folder.read();
            if (state != null && state.isAlive()) {
                throw new FailedException(folder.name()
                        + ": is running; nothing was removed. End it first: crosvm down --rm " + folder.name());
            }
            if (tryRemove()) {
                return true;
            }
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new FailedException(folder.name() + ": another crosvm is starting it, or it has not fully ended"
                        + pid(state) + "; nothing was removed");
            }
            MachineEnd.pause();
        }
        return false;
    }

    /**
     * Removes it, unless a process has the name.
     *
     * @return whether it was removed
     * @throws FailedException when something is in the folder that is not crosvm's
     */
    public boolean tryRemove() {
        if (!Files.isDirectory(folder.path(), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (NameLock lock = NameLock.take(folders, folder.name())) {
            if (lock == null) {
                return false;
            }
            requireOurs();
            lock.remove();
            return true;
        }
    }

    /** We make no folders in there. */
    private void requireOurs() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.path())) {
            for (Path file : files) {
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new FailedException(file + ": is not crosvm's; nothing was removed");
                }
            }
        } catch (IOException e) {
            throw new FailedException(folder.path() + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    private static String pid(@Nullable InstanceState state) {
        return state == null ? "" : " (process " + state.process().pid() + ")";
    }
}
