package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;

/** A folder that nobody but this user and root can put something into, now or later. */
final class OwnFolder {
    private static final int FILE_TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int OTHERS_WRITE = 022;
    private static final int STICKY = 01000;

    private OwnFolder() {}

    /**
     * Makes a folder for its user alone, and those above it that are missing.
     *
     * @throws FailedException when it cannot be made, or {@link #require} refuses it
     */
    static void make(Path folder) {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new FailedException(
                    folder + ": cannot create the image cache: " + FailureReason.of(e)
                            + ". Set XDG_CACHE_HOME to a folder that you can write to",
                    e);
        }
        require(folder);
    }

    /**
     * Checks a folder and every one above it: each is root's or this user's, none is a link, and none can be written by others,
     * unless they could only add to it (the sticky bit).
     *
     * @throws FailedException otherwise
     */
    static void require(Path folder) {
        try {
            int user = (Integer) Files.getAttribute(Path.of("/proc/self").toRealPath(), "unix:uid");
            for (Path part = folder.toAbsolutePath(); part != null; part = part.getParent()) {
                Map<String, Object> facts = Files.readAttributes(part, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
                int mode = (Integer) Objects.requireNonNull(facts.get("mode"));
                int owner = (Integer) Objects.requireNonNull(facts.get("uid"));
                if ((mode & FILE_TYPE) != DIRECTORY) {
                    throw refused(folder, part + " is not a folder, or is a link");
                }
                if (owner != 0 && owner != user) {
                    throw refused(folder, part + " belongs to another user");
                }
                if ((mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0) {
                    throw refused(folder, part + " can be written by other users");
                }
            }
        } catch (NoSuchFileException e) {
            throw new FailedException(folder + ": does not exist", e);
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot be inspected: " + FailureReason.of(e), e);
        }
    }

    private static FailedException refused(Path folder, String why) {
        return new FailedException(folder + ": cannot be the image cache: " + why
                + ", so an image could be replaced there. Correct that, or set XDG_CACHE_HOME to a folder of your own");
    }
}
