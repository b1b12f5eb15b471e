package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.TextHash;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What was copied out of images to be booted: beside the image cache, {@code boot}, with a folder for each image, named by the digest of
 * its path. Used by one thread; any number of processes.
 */
public final class BootFolders {
    /** In each folder: the image that it belongs to. */
    private static final String IMAGE = "image";

    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");

    /** A file that a process is writing. */
    private static final Pattern WRITING = Pattern.compile(".*\\.([0-9]{1,10})\\.new");

    private final ImageCache cache;

    /** Beside this cache. */
    public BootFolders(ImageCache cache) {
        this.cache = cache;
    }

    private Path all() {
        return cache.folder().resolveSibling("boot");
    }

    private static String name(Path image) throws IOException {
        return TextHash.hex(image.toRealPath().toString());
    }

    /**
     * The folder of an image, made when missing, of this user alone.
     *
     * @param image one of the cache's, or a file elsewhere, which exists
     */
    public Path of(Path image) throws IOException {
        Path folder = all().resolve(name(image));
        OwnFolder.make(folder);
        Path label = folder.resolve(IMAGE);
        if (!Files.exists(label)) {
            Files.writeString(label, image.toRealPath() + "\n");
        }
        return folder;
    }

    /** Removes a folder into which nothing has come. */
    public void leave(Path folder) throws IOException {
        if (list(folder).equals(List.of(folder.resolve(IMAGE)))) {
            Files.deleteIfExists(folder.resolve(IMAGE));
            try {
                Files.deleteIfExists(folder);
            } catch (DirectoryNotEmptyException e) {
                return; // Another process has just put something there.
            }
        }
    }

    /**
     * Removes all folders but those of some images, and those that a process is writing into.
     *
     * @param kept images, whether they exist or not
     * @return the folders that were removed, each with its image's path in place of a URL
     */
    public List<CachedFile> prune(Collection<Path> kept) {
        List<CachedFile> removed = new ArrayList<>();
        try {
            Set<String> names = new HashSet<>();
            for (Path image : kept) {
                if (Files.exists(image)) {
                    names.add(name(image));
                }
            }
            for (Path folder : list(all())) {
                String name = folder.getFileName().toString();
                if (NAME.matcher(name).matches() && !names.contains(name)) {
                    remove(folder).ifPresent(removed::add);
                }
            }
        } catch (IOException e) {
            throw new FailedException(all() + ": cannot be cleared: " + FailureReason.of(e), e);
        }
        return removed;
    }

    private static List<Path> list(Path folder) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            files.forEach(paths::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
        return paths;
    }

    /** Empty when it is not, or not ours. */
    private static Optional<CachedFile> remove(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        OwnFolder.require(folder);
        List<Path> files = list(folder);
        if (files.stream().anyMatch(BootFolders::isBeingWritten)) {
            return Optional.empty();
        }
        String image = Files.exists(folder.resolve(IMAGE))
                ? Files.readString(folder.resolve(IMAGE)).strip()
                : "";
        FileTime time = Files.getLastModifiedTime(folder);
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
        return Optional.of(
                new CachedFile(folder, image, false, bytes, time.toInstant().truncatedTo(ChronoUnit.SECONDS)));
    }

    private static boolean isBeingWritten(Path file) {
        Matcher writing = WRITING.matcher(file.getFileName().toString());
        return writing.matches()
                && ProcessHandle.of(Long.parseLong(writing.group(1)))
                        .map(ProcessHandle::isAlive)
                        .orElse(false);
    }
}
