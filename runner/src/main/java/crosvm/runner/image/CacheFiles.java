package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is in the image cache: to be listed, and to be cleared out. Used by one thread. */
public final class CacheFiles {
    private static final Pattern NAME = Pattern.compile("([0-9a-f]{64})(\\.unpacked)?(\\..*)?");

    private final ImageCache cache;

    /** Of this cache. */
    public CacheFiles(ImageCache cache) {
        this.cache = cache;
    }

    /** Images, and downloads that are not complete; the latest first. */
    public List<CachedFile> all() {
        List<CachedFile> all = new ArrayList<>();
        try {
            for (Path path : paths()) {
                CachedFile file = look(path);
                if (file != null) {
                    all.add(file);
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
        all.sort(Comparator.comparing(CachedFile::time).reversed().thenComparing(CachedFile::name));
        return all;
    }

    private List<Path> paths() throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(cache.folder())) {
            files.forEach(paths::add);
        } catch (NoSuchFileException e) {
            return paths; // Nothing has been pulled yet.
        }
        return paths;
    }

    private FailedException failed(IOException e) {
        return new FailedException(cache.folder() + ": cannot be read: " + FailureReason.of(e), e);
    }

    /** Null for records, and for what is gone already. */
    private static @Nullable CachedFile look(Path path) throws IOException {
        Matcher name = NAME.matcher(path.getFileName().toString());
        boolean partial = name.matches() && ImageCache.PART.equals(name.group(3));
        if (!name.matches() || !partial && name.group(3) != null) {
            return null;
        }
        try {
            BasicFileAttributes facts =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            ImageRecord record = ImageRecord.read(path.resolveSibling(path.getFileName() + ImageCache.RECORD));
            return new CachedFile(
                    path,
                    record == null ? "" : record.url(),
                    partial,
                    facts.size(),
                    facts.lastModifiedTime().toInstant().truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Removes all but what has these digests and what is being pulled right now.
     *
     * @return the images and downloads that were removed
     */
    public List<CachedFile> prune(Set<String> kept) {
        List<CachedFile> removed = new ArrayList<>();
        try {
            if (Files.exists(cache.folder())) {
                OwnFolder.require(cache.folder());
            }
            for (Path path : paths()) {
                Matcher name = NAME.matcher(path.getFileName().toString());
                if (name.matches() && (name.group(3) == null && !kept.contains(name.group(1)) || isPart(name))) {
                    remove(path, name.group(1), removed);
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
        return removed;
    }

    private static boolean isPart(Matcher name) {
        return ImageCache.PART.equals(name.group(3));
    }

    /** Under the lock that a pull holds. */
    private void remove(Path path, String digest, List<CachedFile> removed) throws IOException {
        CachedFile file = look(path);
        try (PartFile lock = PartFile.tryOpen(cache.folder().resolve(digest + ImageCache.PART))) {
            if (file == null || lock == null) {
                return;
            }
            if (file.partial()) {
                lock.remove();
                for (Path other : paths()) {
                    String name = other.getFileName().toString();
                    if (name.startsWith(digest) && name.endsWith(ImageCache.UNPACKING)) {
                        Files.deleteIfExists(other); // A killed pull left it.
                    }
                }
            } else {
                ImageCache.remove(path);
            }
            removed.add(file);
        }
    }
}
