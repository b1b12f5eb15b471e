package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.PrintableText;
import crosvm.vmm.event.Uninterruptibly;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a guest has sent, unpacked in a folder of its own. Nothing here follows a link: one that the guest has sent, now or with an
 * earlier copy, leads no file out of the place it is meant for. Used by one thread.
 */
final class Received {
    private static final int SET_ID_BITS = 06000;
    private static final int PERMISSIONS = 07777;

    private final Path part;
    private final Consumer<String> tell;

    /** @param tell gets what was left out */
    Received(Path part, Consumer<String> tell) {
        this.part = part;
        this.tell = tell;
    }

    /** Removes devices, pipes and sockets, and the bits by which a program runs as its owner, who is the host's user here. */
    void makeHarmless() throws IOException {
        Files.walkFileTree(part, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                dropSetId(folder);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isOther()) {
                    Files.delete(file);
                    tell.accept(printable(part.relativize(file)) + ": is a device, a pipe or a socket; not copied");
                } else if (attributes.isRegularFile()) {
                    dropSetId(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void dropSetId(Path file) throws IOException {
        int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & PERMISSIONS;
        if ((mode & SET_ID_BITS) != 0) {
            Files.setAttribute(file, "unix:mode", mode & ~SET_ID_BITS, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static String printable(Path path) {
        return PrintableText.line(path.toString(), "?");
    }

    /** Gives the one file that was sent its name; one that is there is replaced. */
    void placeFile(String name, Path target) throws IOException {
        List<Path> sent = children(part);
        if (sent.size() != 1 || !String.valueOf(sent.get(0).getFileName()).equals(name)) {
            throw new FailedException(
                    sent.isEmpty()
                            ? target + ": nothing is left to copy"
                            : target + ": the guest has sent something else than was asked for; nothing was copied");
        }
        place(sent.get(0), target);
    }

    /** Gives what was sent the name of a folder, or puts it into the folder that has it. */
    void placeFolder(Path target) throws IOException {
        place(part, target);
    }

    private static void place(Path from, Path to) throws IOException {
        boolean folder = Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS);
        boolean there = Files.exists(to, LinkOption.NOFOLLOW_LINKS);
        boolean intoFolder = Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS);
        if (there && folder != intoFolder) {
            throw new FailedException(
                    to + ": exists and is " + (intoFolder ? "a folder" : "not a folder") + "; not overwritten");
        }
        if (!there || !folder) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        for (Path child : children(from)) {
            place(child, to.resolve(child.getFileName()));
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            files.forEach(all::add);
        }
        return all;
    }

    /**
     * Removes what is left, also below folders that may not be read, and below paths longer than the kernel takes: both may be in
     * an archive, and coreutils know their way.
     */
    static void delete(Path part) {
        if (!Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            run("chmod", "-R", "u+rwX", "--", part.toString());
            run("rm", "-rf", "--", part.toString());
        } catch (IOException e) {
            throw new FailedException(part + ": cannot be removed: " + FailureReason.of(e), e);
        }
        if (Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
            throw new FailedException(part + ": cannot be removed; it is what is left of a copy that has failed");
        }
    }

    private static void run(String... words) throws IOException {
        Process process = new ProcessBuilder(words)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        Uninterruptibly.run(process::waitFor);
    }
}
