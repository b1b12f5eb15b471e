package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The folder in which each of this user's machines has its state folder: {@code $XDG_RUNTIME_DIR/crosvm}, else
 * {@code /run/user/UID/crosvm} where that is, else {@code /tmp/crosvm-UID}. Immutable; any thread.
 *
 * @param path absolute
 */
public record StateFolders(Path path) {
    private static final String OWNER_ONLY = "rwx------";
    private static final int FILE_TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int OTHERS_WRITE = 022;

    /**
     * As these environment variables say. Makes nothing.
     *
     * @throws FailedException when what is there is not ours alone: its sockets and processes would be somebody else's choice
     */
    public static StateFolders of(Map<String, String> environment) {
        StateFolders folders = named(environment);
        folders.requireOurs();
        return folders;
    }

    private static StateFolders named(Map<String, String> environment) {
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty()) {
            return new StateFolders(Path.of(runtime, "crosvm").toAbsolutePath());
        }
        int user = user();
        Path systemds = Path.of("/run/user", String.valueOf(user));
        return new StateFolders(
                Files.isDirectory(systemds, LinkOption.NOFOLLOW_LINKS) && userOf(systemds) == user
                        ? systemds.resolve("crosvm")
                        : Path.of("/tmp", "crosvm-" + user));
    }

    /** The link {@code /proc/self} is root's; what it leads to is ours. */
    private static int user() {
        return userOf(ProcessKey.PROC.resolve(String.valueOf(OwnProcess.pid())));
    }

    private static int userOf(Path file) {
        try {
            return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be inspected: " + FailureReason.of(e), e);
        }
    }

    /** A machine's state folder, which need not exist. */
    public StateFolder of(String name) {
        return new StateFolder(name, path.resolve(name));
    }

    /**
     * Makes the folder, for its user alone.
     *
     * @throws FailedException when it cannot be made, or somebody else has put something there
     */
    void make() {
        try {
            try {
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
            } catch (FileAlreadyExistsException e) {
                requireOurs();
            }
        } catch (IOException e) {
            throw new FailedException(
                    path + ": cannot create the runtime directory: " + reason(e)
                            + ". Set XDG_RUNTIME_DIR to a folder that you can write to",
                    e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof NoSuchFileException
                ? "the folder above it does not exist"
                : String.valueOf(FailureReason.of(e));
    }

    /** In /tmp anybody can be there first, and would get the sockets of our machines. */
    private void requireOurs() {
        try {
            int mode = attribute("mode");
            if ((mode & FILE_TYPE) != DIRECTORY) {
                throw notOurs("is not a folder");
            }
            if (attribute("uid") != user()) {
                throw notOurs("belongs to another user");
            }
            if ((mode & OTHERS_WRITE) != 0) {
                throw notOurs("can be written by other users");
            }
        } catch (NoSuchFileException e) {
            return; // No machine has run yet.
        } catch (IOException e) {
            throw new FailedException(path + ": cannot be examined: " + FailureReason.of(e), e);
        }
    }

    private int attribute(String name) throws IOException {
        return (Integer) Objects.requireNonNull(Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS));
    }

    private FailedException notOurs(String what) {
        return new FailedException(path + ": " + what + ", so nothing in it can be trusted; the state of your machines"
                + " belongs there. Remove it, or set XDG_RUNTIME_DIR to a folder of your own");
    }

    /**
     * The folder for networks between machines, beside that of the machines; made, for this user alone.
     *
     * @throws FailedException as {@link #make}
     */
    Path networks() {
        return beside("-networks");
    }

    /**
     * The folder for prepared processes, likewise. The launcher knows its name, too.
     *
     * @throws FailedException as {@link #make}
     */
    public Path prepared() {
        return beside("-prepared");
    }

    private Path beside(String suffix) {
        StateFolders beside = new StateFolders(path.resolveSibling(path.getFileName() + suffix));
        beside.make();
        return beside.path();
    }

    /** All machines that have left a trace, sorted by name. */
    public List<InstanceState> all() {
        List<InstanceState> all = new ArrayList<>();
        for (StateFolder folder : folders()) {
            InstanceState state = folder.read();
            if (state != null) {
                all.add(state);
            }
        }
        return all;
    }

    /** All state folders, whatever is in them, sorted by name. */
    public List<StateFolder> folders() {
        List<StateFolder> all = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(path, Files::isDirectory)) {
            folders.forEach(folder -> all.add(of(folder.getFileName().toString())));
        } catch (NoSuchFileException e) {
            return all;
        } catch (DirectoryIteratorException e) {
            throw new FailedException(
                    path + ": cannot be read: " + FailureReason.of(Objects.requireNonNull(e.getCause())), e);
        } catch (IOException e) {
            throw new FailedException(path + ": cannot be read: " + FailureReason.of(e), e);
        }
        all.sort(java.util.Comparator.comparing(StateFolder::name));
        return all;
    }
}
