package crosvm.runner.ssh;

import crosvm.vmm.PrintableText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The file into which ssh writes what it has to say, and with that what an sshd tells it to say: a hostile one can go on for ever. So
 * the session ends when the file has grown too long. Any thread.
 */
final class SshLog implements AutoCloseable {
    /** A session that lasts for months and opens a channel a second writes less. */
    static final long MAX_BYTES = 256L << 20;

    private static final int SHOWN_BYTES = 1 << 16;
    private static final long LOOK_AGAIN_MILLISECONDS = 500;

    private final Path file;
    private volatile boolean full;

    private SshLog(Path file) {
        this.file = file;
    }

    /** Makes an empty one in the folder for temporary files. */
    static SshLog create() throws IOException {
        return new SshLog(Files.createTempFile("crosvm-ssh-", ".log"));
    }

    Path file() {
        return file;
    }

    /** Ends the process, by force if need be, when the file gets longer than that. */
    void watch(Process process, long mostBytes) {
        Thread thread = new Thread(() -> look(process, mostBytes), "ssh-log");
        thread.setDaemon(true);
        thread.start();
    }

    private void look(Process process, long mostBytes) {
        try {
            while (!process.waitFor(LOOK_AGAIN_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                if (Files.size(file) > mostBytes) {
                    if (full) {
                        process.destroyForcibly();
                    } else {
                        full = true;
                        process.destroy(); // So that it gives the terminal back as it was.
                    }
                }
            }
        } catch (IOException e) {
            return; // The session is being closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the process has been ended because of it. */
    boolean isFull() {
        return full;
    }

    /** The last lines, as any terminal can show them. */
    List<String> lines() {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer end = ByteBuffer.allocate(SHOWN_BYTES);
            channel.position(Math.max(0, channel.size() - SHOWN_BYTES));
            while (end.hasRemaining() && channel.read(end) >= 0) {
                // Until all is read.
            }
            return StandardCharsets.UTF_8
                    .decode(end.flip())
                    .toString()
                    .lines()
                    .map(line -> PrintableText.line(line, ""))
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            return; // A few bytes in a folder for such.
        }
    }
}
