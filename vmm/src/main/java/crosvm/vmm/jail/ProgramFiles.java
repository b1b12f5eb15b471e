package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folders and files that a jail's program is made of, and how a user of the jail's own gets to see them where only the
 * starter can go, such as /root: in a mount namespace of the jail's the topmost closed folder is covered by an empty one, in
 * which the needed ones are shown under their own names and nothing else is. Permissions stay what they are, so that a folder
 * with files only their owner may read is copied instead.
 *
 * @param needed real paths, none inside another
 */
record ProgramFiles(List<Path> needed) {
    /** Mounted over while the covers are put in place: every Linux has it, and no program lies there. */
    private static final String STAGE = "/sys";

    /** A copy larger than this is no program of ours. */
    private static final long MOST_COPIED = 128L << 20;

    /** @param paths of files and folders */
    static ProgramFiles of(Collection<Path> paths) {
        Set<Path> real = new TreeSet<>();
        for (Path path : paths) {
            real.add(real(path));
        }
        return new ProgramFiles(real.stream()
                .filter(path -> real.stream().noneMatch(other -> !other.equals(path) && path.startsWith(other)))
                .toList());
    }

    /** @throws VmmException when there is none such */
    static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new VmmException("sandbox: " + path + ", which a device process needs, cannot be found: " + e, e);
        }
    }

    /**
     * The commands that show all to everybody, for a shell of root's in a mount namespace of its own; empty when everybody sees
     * all already.
     *
     * @throws VmmException for a file or folder that cannot be shown
     */
    String showing(JailTools tools) {
        Set<Path> covers = new LinkedHashSet<>();
        List<Path> shown = new ArrayList<>();
        for (Path path : needed) {
            Path cover = topmostClosed(path);
            if (cover == null && !isReadable(path)) {
                cover = path;
            }
            if (cover != null) {
                covers.add(cover);
                shown.add(path);
            }
        }
        if (shown.isEmpty()) {
            return "";
        }
        String mount = tools.mount();
        List<String> lines = new ArrayList<>();
        lines.add(mount + " -t tmpfs -o mode=755 stage " + STAGE);
        for (int i = 0; i < shown.size(); i++) {
            lines.addAll(stage(mount, shown.get(i), STAGE + "/" + i));
        }
        covers.forEach(cover -> lines.add(mount + " -t tmpfs -o mode=755 cover " + quoted(cover)));
        for (int i = 0; i < shown.size(); i++) {
            String target = quoted(shown.get(i));
            boolean folder = Files.isDirectory(shown.get(i));
            String parent = quoted(Objects.requireNonNull(shown.get(i).getParent()));
            lines.add("mkdir -p " + (folder ? target : parent + " && : >" + target));
            lines.add(mount + " --rbind " + STAGE + "/" + i + " " + target);
        }
        lines.add(tools.umount() + " -l " + STAGE);
        return "umask 022 && " + String.join(" && ", lines);
    }

    private static List<String> stage(String mount, Path path, String at) {
        boolean folder = Files.isDirectory(path);
        if (isReadable(path)) {
            return List.of(
                    (folder ? "mkdir " : ": >") + at,
                    mount + (folder ? " --rbind " : " --bind ") + quoted(path) + " " + at);
        }
        requireSmall(path);
        return List.of("cp -rL " + quoted(path) + " " + at, "chmod -R u+rwX,go=rX " + at);
    }

    /** Whether everybody could read it, and what lies right in it: a whole JDK has files by the thousand. */
    private static boolean isReadable(Path path) {
        try (Stream<Path> files = Files.walk(path, 1)) {
            return files.allMatch(ProgramFiles::isOpen);
        } catch (IOException | UncheckedIOException e) {
            throw new VmmException("sandbox: " + path + " cannot be inspected: " + e, e);
        }
    }

    private static void requireSmall(Path path) {
        try (Stream<Path> files = Files.walk(path)) {
            long size = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            if (size > MOST_COPIED) {
                throw new VmmException("sandbox: " + path
                        + " has files that only their owner can read, and device processes"
                        + " started by root run as a user of their own. Open it to readers: chmod -R go+rX " + path);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new VmmException("sandbox: " + path + " cannot be inspected: " + e, e);
        }
    }

    private static @Nullable Path topmostClosed(Path path) {
        Path closed = null;
        for (Path part = path.getParent(); part != null; part = part.getParent()) {
            if (!has(part, PosixFilePermission.OTHERS_EXECUTE)) {
                closed = part;
            }
        }
        if (closed != null && closed.getParent() == null) {
            throw new VmmException("sandbox: the root folder is closed to others, so that no jail can read " + path
                    + ". Open it: chmod o+x /");
        }
        return closed;
    }

    private static boolean isOpen(Path path) {
        return has(path, PosixFilePermission.OTHERS_READ)
                && (!Files.isDirectory(path) || has(path, PosixFilePermission.OTHERS_EXECUTE));
    }

    private static boolean has(Path path, PosixFilePermission permission) {
        try {
            return Files.getPosixFilePermissions(path).contains(permission);
        } catch (NoSuchFileException e) {
            return true; // A dangling link, which nobody needs.
        } catch (IOException e) {
            throw new VmmException("sandbox: " + path + " cannot be inspected: " + e, e);
        }
    }

    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }
}
