package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This user's images that were downloaded, {@code $XDG_CACHE_HOME/crosvm/images}: files named by digest, each with a record
 * {@code .json}, and while one is being pulled its {@code .part}. Immutable; any thread, any number of processes.
 */
public final class ImageCache {
    static final String RECORD = ".json";
    static final String PART = ".part";
    static final String UNPACKING = ".new";
    private static final String UNPACKED = ".unpacked";

    private final @Nullable Path folder;

    private ImageCache(@Nullable Path folder) {
        this.folder = folder;
    }

    /** As these environment variables say. Makes nothing. */
    public static ImageCache of(Map<String, String> environment) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        String home = environment.getOrDefault("HOME", "");
        // A relative path is to be ignored, says the XDG Base Directory Specification.
        if (cache.startsWith("/")) {
            return new ImageCache(Path.of(cache, "crosvm", "images").normalize());
        }
        return new ImageCache(
                home.startsWith("/")
                        ? Path.of(home, ".cache", "crosvm", "images").normalize()
                        : null);
    }

    /**
     * Where it is; need not exist.
     *
     * @throws FailedException when the environment names no folder
     */
    public Path folder() {
        if (folder == null) {
            throw new FailedException(
                    "the image cache has no place: HOME is not set. Set it, or XDG_CACHE_HOME, to an absolute path");
        }
        return folder;
    }

    /** Makes the folder when it is missing, and checks whose it is. */
    void make() {
        OwnFolder.make(folder());
    }

    /** The path that a source's image has or will have. */
    Path file(ImageSource source) {
        return folder().resolve(source.cacheName());
    }

    /** The paths that images of this digest may have, packed or not. */
    public List<Path> files(String digest) {
        return List.of(folder().resolve(digest), folder().resolve(digest + UNPACKED));
    }

    Path part(ImageSource source) {
        return folder().resolve(source.digest() + PART);
    }

    Path unpacking(ImageSource source) {
        return folder().resolve(source.cacheName() + UNPACKING);
    }

    private static Path record(Path file) {
        return file.resolveSibling(file.getFileName() + RECORD);
    }

    /** The machine with the paths that its images have or will have. */
    public VmSpec name(VmSpec spec) {
        return spec.withImages(this::file);
    }

    /**
     * The machine with the paths of its images, which are there and right.
     *
     * @param tell gets what the user should know of images that had to be removed
     * @throws FailedException when one is not there
     */
    public VmSpec locate(VmSpec spec, Consumer<String> tell) {
        return spec.withImages(source -> {
            Path file = find(source, tell);
            if (file == null) {
                throw new FailedException(
                        source.url() + ": has not been pulled to " + folder() + ". Pull it with: crosvm pull");
            }
            return file;
        });
    }

    /**
     * The image of a source, known to be right: it has been digested in this boot of the host, and its file has not changed
     * since.
     *
     * @param tell gets what the user should know of an image that had to be removed
     * @return null when it is not there, or not any more
     */
    public @Nullable Path find(ImageSource source, Consumer<String> tell) {
        Path file = file(source);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        OwnFolder.require(folder());
        try {
            ImageRecord record = ImageRecord.read(record(file));
            String look = ImageRecord.look(file);
            if (record != null && record.seen().equals(look)) {
                return file;
            }
            boolean packed = source.packing() != ImageSource.Packing.NONE;
            String expected = packed ? record == null ? "" : record.content() : source.digest();
            if (!expected.isEmpty() && Sha256.of(file).equals(expected)) {
                write(record(file), new ImageRecord(source.url(), expected, look));
                return file;
            }
            remove(file);
            tell.accept(source.url() + ": the image in the cache was damaged and has been removed (" + file + ")");
            return null;
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    /**
     * Takes a finished file in. It is synced before it gets its name, so that it is there whole or not at all.
     *
     * @param made in the cache's folder, under another name
     * @param content its SHA-256
     */
    Path take(ImageSource source, Path made, String content) throws IOException {
        Path file = file(source);
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("r--------"));
        // Before the name: an unpacked file without a record would be good for nothing.
        write(record(file), new ImageRecord(source.url(), content, ""));
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        write(record(file), new ImageRecord(source.url(), content, ImageRecord.look(file)));
        return file;
    }

    private static void write(Path file, ImageRecord record) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + "." + OwnProcess.pid() + "-"
                + Thread.currentThread().getId() + UNPACKING);
        try {
            try (FileChannel channel = FileChannel.open(
                    part,
                    Set.of(
                            StandardOpenOption.WRITE,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING))) {
                ByteBuffer bytes = ByteBuffer.wrap(record.toJson());
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** How a file looks in this boot of the host: another text after each boot and each change of the file. */
    public static String look(Path file) throws IOException {
        return ImageRecord.look(file.toRealPath());
    }

    /** Removes an image and its record. */
    static void remove(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(record(file));
    }
}
