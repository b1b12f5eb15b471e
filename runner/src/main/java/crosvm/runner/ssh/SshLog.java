package crosvm.runner.ssh;

import crosvm.vmm.PrintableText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The file into which ssh writes what it has to say, and with that what an sshd tells it to say: a hostile one can go on for ever. So
 * the session ends when the file has grown too long; and when ssh, which waits for ever for an sshd that falls silent during the
 * login, has not said in time that the session begins. Any thread.
 */
final class SshLog implements AutoCloseable {
    /** A session that lasts for months and opens a channel a second writes less. */
    static final long MAX_BYTES = 256L << 20;

    /** For LogVerbose of ssh_config(5): the lines that tell of a login's begin and end, of a session's end, and why a connection has ended. */
    static final String VERBOSE =
            "sshconnect.c:ssh_proxy_fdpass_connect():*,clientloop.c:client_loop():*,packet.c:sshpkt_vfatal():*";

    private static final String LOGIN_BEGINS = "Executing proxy dialer command";
    private static final String SESSION_BEGINS = "Entering interactive session";
    private static final int SHOWN_BYTES = 1 << 16;
    private static final long LOOK_AGAIN_MILLISECONDS = 500;

    private final Path file;
    private volatile boolean full;
    private volatile boolean stalled;

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

    /**
     * Ends the process, by force if need be, when the file gets longer than that, or the login takes longer.
     *
     * @param login from now on; null for any time. Has no effect before OpenSSH 8.5, which does not say how far it is
     */
    void watch(Process process, long mostBytes, @Nullable Duration login) {
        Long end = login == null ? null : System.nanoTime() + login.toNanos();
        Thread thread = new Thread(() -> look(process, mostBytes, end), "ssh-log");
        thread.setDaemon(true);
        thread.start();
    }

    private void look(Process process, long mostBytes, @Nullable Long loginEnd) {
        Long end = loginEnd;
        try {
            while (!process.waitFor(LOOK_AGAIN_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                if (full || stalled) {
                    process.destroyForcibly();
                } else if (Files.size(file) > mostBytes) {
                    full = true;
                    process.destroy(); // So that it gives the terminal back as it was.
                } else if (end != null && says(SESSION_BEGINS)) {
                    end = null;
                } else if (end != null && System.nanoTime() - end >= 0 && hasBegun()) {
                    stalled = true;
                    process.destroy();
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

    /** Whether the process has been ended because its login did not come to an end. */
    boolean isStalled() {
        return stalled;
    }

    private boolean says(String what) {
        return says(what, lines());
    }

    /** ssh says so before it has heard of the guest, who could push the line out of the last ones. */
    private boolean hasBegun() {
        return says(LOGIN_BEGINS, lines(true));
    }

    private static boolean says(String what, List<String> lines) {
        return lines.stream().anyMatch(line -> line.startsWith("debug1: ") && line.contains(what));
    }

    /** The last lines, as any terminal can show them. */
    List<String> lines() {
        return lines(false);
    }

    private List<String> lines(boolean first) {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer end = ByteBuffer.allocate(SHOWN_BYTES);
            channel.position(first ? 0 : Math.max(0, channel.size() - SHOWN_BYTES));
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
