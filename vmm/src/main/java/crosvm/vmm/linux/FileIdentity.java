package crosvm.vmm.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Which file it is that a path leads to: the same before and after a rename, another once somebody has put another file there.
 * The kernel gives it to no other file as long as the file is open somewhere.
 *
 * @param key device and inode, as Java has them
 */
public record FileIdentity(Object key) {
    /**
     * A symbolic link is a file of its own.
     *
     * @return null when nothing is there
     */
    public static @Nullable FileIdentity at(Path path) throws IOException {
        try {
            Object key = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
            return key == null ? null : new FileIdentity(key);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Written out: for a record's own, Java makes code when it is first called, 10 ms of the start of each machine. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FileIdentity identity && identity.key.equals(key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }
}
