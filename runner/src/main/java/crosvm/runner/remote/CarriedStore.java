package crosvm.runner.remote;

import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import crosvm.vmm.FailureReason;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The files that came from other computers, {@code $XDG_STATE_HOME/crosvm/carried}: those that are only read once each by their digest
 * in {@code files}, and in {@code from/USER@HOST} links to them at the paths that they have there. A file that a machine writes to stands
 * there by itself, and is never replaced. For its user alone. Used by one thread of one process at a time.
 *
 * @param folder absolute
 */
public record CarriedStore(Path folder) {
    private static final String OWNER_ONLY = "rwx------";

    /** As these environment variables say. Makes nothing. */
    public static CarriedStore of(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        String home = environment.getOrDefault("HOME", "");
        if (!state.startsWith("/") && !home.startsWith("/")) {
            throw new FailedException("there is no place for files from other computers: HOME is not set."
                    + " Set it, or XDG_STATE_HOME, to an absolute path");
        }
        return new CarriedStore(
                (state.startsWith("/") ? Path.of(state) : Path.of(home, ".local", "state")).resolve("crosvm/carried"));
    }

    /** Where the root folder of a sender's computer is. */
    public Path root(HostOrder order) {
        return folder.resolve("from").resolve(order.origin());
    }

    private Path files() {
        return folder.resolve("files");
    }

    /** Where a path of the sender's is. */
    public Path place(HostOrder order, Path path) {
        return root(order).resolve(Path.of("/").relativize(path));
    }

    /**
     * Takes in what an order needs and is not here yet.
     *
     * @param in behind the order: the missing files in their order
     * @param out is told which those are
     * @throws FailedException when one does not arrive whole, or cannot be kept
     */
    public void receive(HostOrder order, DataInputStream in, PrintStream out) {
        try {
            make(files());
            // Else another order would remove what nothing links to yet.
            try (FileChannel channel =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock();
                List<CarriedFile> missing = missing(order);
                out.println(Json.compact(Map.of(
                        "missing",
                        missing.stream().map(file -> file.path().toString()).toList())));
                out.flush();
                for (CarriedFile file : missing) {
                    receive(order, file, in);
                }
                for (Path path : order.folders()) {
                    make(place(order, path));
                }
                make(place(order, order.folder()));
                for (CarriedFile file : order.files()) {
                    link(order, file);
                }
                removeUnused();
            }
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot take the files in: " + FailureReason.of(e), e);
        }
    }

    private static void make(Path path) throws IOException {
        Files.createDirectories(
                path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
    }

    private List<CarriedFile> missing(HostOrder order) throws IOException {
        List<CarriedFile> missing = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (CarriedFile file : order.files()) {
            boolean isHere = isOwn(place(order, file.path()))
                    || !file.written() && (Files.exists(files().resolve(file.digest())) || !known.add(file.digest()));
            if (!isHere) {
                missing.add(file);
            }
        }
        return missing;
    }

    /** Whether a file is a machine's own: all others can only be read. */
    private static boolean isOwn(Path path) throws IOException {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                && Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)
                        .contains(PosixFilePermission.OWNER_WRITE);
    }

    private static int links(Path path) throws IOException {
        Object links = Objects.requireNonNull(Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS));
        return ((Number) links).intValue();
    }

    private void receive(HostOrder order, CarriedFile file, DataInputStream in) throws IOException {
        Path part = Files.createTempFile(files(), ".part-", "");
        try {
            String digest = FileStream.receive(in, part, file.bytes());
            if (!digest.equals(file.digest())) {
                throw new IOException(file.path() + " changed while it was sent");
            }
            Path target = file.written() ? place(order, file.path()) : files().resolve(digest);
            if (!file.written()) {
                Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("r--------"));
            }
            make(Objects.requireNonNull(target.getParent()));
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void link(HostOrder order, CarriedFile file) throws IOException {
        Path target = place(order, file.path());
        Path stored = files().resolve(file.digest());
        if (isOwn(target) || Files.exists(target) && Files.isSameFile(target, stored)) {
            return;
        }
        make(Objects.requireNonNull(target.getParent()));
        Path link = files().resolve(".link-" + file.digest());
        Files.deleteIfExists(link);
        Files.createLink(link, stored);
        Files.move(link, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Files that nothing links to any more, and what an interrupted order has left. */
    private void removeUnused() throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(files())) {
            for (Path file : all) {
                if (links(file) == 1) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
