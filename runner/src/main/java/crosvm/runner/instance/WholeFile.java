package crosvm.runner.instance;

import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Files that are there whole or not at all, whatever fails on the way (a full disk, a kill; a new one's also in the host's crash): written under
 * another name in the same folder, and then given their name. Any thread.
 */
public final class WholeFile {
    private WholeFile() {}

    /** Writes a file in place of what has its name, not synced: what a machine tells of itself is void after the host's crash. */
    static void replace(Path file, String text) throws IOException {
        Path part = part(file);
        try {
            write(part, text, false);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /**
     * Writes a new file.
     *
     * @throws FileAlreadyExistsException when something has its name, which stays as it is
     */
    public static void create(Path file, String text) throws IOException {
        Path part = part(file);
        try {
            write(part, text, true);
            try {
                Files.createLink(file, part);
            } catch (FileAlreadyExistsException e) {
                throw new FileAlreadyExistsException(file.toString());
            } catch (FileSystemException | UnsupportedOperationException e) {
                Files.move(part, file); // FAT and some network file systems have no hard links.
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static Path part(Path file) {
        return file.resolveSibling("." + file.getFileName() + "." + OwnProcess.pid() + ".part");
    }

    private static void write(Path part, String text, boolean sync) throws IOException {
        Files.deleteIfExists(part); // A killed process of the same number left it.
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (sync) {
                channel.force(true);
            }
        }
    }
}
