package crosvm.vmm.jail;

import crosvm.vmm.PrintableText;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.jna.LibC;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a device process writes to its standard output and error, line by line into our log. A hijacked device must neither
 * reach the user's terminal (whose descriptor could be read from, too) nor fill the log: it has a pipe, only printable
 * characters pass, and {@value #MOST_LINES} lines in {@value #WINDOW_SECONDS} s. Event loop; {@link #close} after the loop, or
 * before.
 */
public final class ProcessLog implements AutoCloseable {
    public static final int MOST_LINES = 40;
    public static final int WINDOW_SECONDS = 10;
    public static final int MOST_CHARACTERS = 400;

    private static final Logger LOG = BareLog.of(ProcessLog.class);
    private static final int PIECE = 4096;

    /** virtiofsd's word for a front-end that has hung up, as it does at every machine's end: POLLIN|POLLHUP|POLLERR or so. */
    private static final String FAREWELL = "virtio_loop: Unexpected poll revents 11";

    private final String name;
    private final Pipe pipe;
    private final NativeBuffer piece = NativeBuffer.allocate(PIECE);
    private final StringBuilder line = new StringBuilder();
    private EventLoop.@Nullable Watch watch;
    private long windowEnd = System.nanoTime();
    private int lines;
    private long dropped;
    private boolean muted;
    private String last = "";

    public ProcessLog(String name, EventLoop loop) {
        this(name, Pipe.create("log of " + name), loop);
    }

    /** Of a process that has its end of the pipe already; takes the pipe over. */
    public ProcessLog(String name, Pipe pipe, EventLoop loop) {
        this.name = name;
        this.pipe = pipe;
        pipe.reader().setNonBlocking();
        watch = loop.watch(pipe.reader(), EventLoop.READABLE, events -> read());
    }

    /** For the process. */
    public Fd writer() {
        return pipe.writer();
    }

    /** Once the process has its own. */
    public void letGoOfWriter() {
        pipe.writer().close();
    }

    /** From now on nothing is told: the process is given up for a reason that is not its own. Any thread. */
    public synchronized void mute() {
        muted = true;
    }

    /** Takes one piece, so that the loop's other events get their turn. */
    private synchronized void read() {
        if (watch == null || take() != 0) {
            return;
        }
        watch.close(); // Nobody has the other end any more.
        watch = null;
    }

    private long take() {
        long got = LibC.read(pipe.reader().number(), piece.address(), PIECE);
        byte[] bytes = new byte[(int) Math.max(0, got)];
        piece.bytes().get(0, bytes);
        // One byte a character: whatever is not ASCII becomes a question mark anyway.
        for (char c : new String(bytes, StandardCharsets.ISO_8859_1).toCharArray()) {
            if (c == '\n') {
                tell();
            } else if (line.length() < MOST_CHARACTERS) {
                line.append(PrintableText.of(c));
            }
        }
        return got;
    }

    private void tell() {
        if (!line.isEmpty()) {
            last = line.toString();
        }
        long now = System.nanoTime();
        if (now - windowEnd >= 0) {
            windowEnd = now + WINDOW_SECONDS * 1_000_000_000L;
            lines = 0;
            tellDropped();
        }
        if (++lines > MOST_LINES) {
            dropped++;
        } else if (!muted && !line.isEmpty() && line.indexOf(FAREWELL) < 0) {
            String text = line.toString();
            LOG.log(Level.WARNING, name + ": " + (text.startsWith("crosvm: ") ? text.substring(8) : text));
        }
        line.setLength(0);
    }

    private void tellDropped() {
        if (dropped > 0) {
            LOG.log(Level.WARNING, name + ": " + dropped + " more lines of its process were omitted");
            dropped = 0;
        }
    }

    /** The last line that a process which has ended has said; empty when there is none. Any thread. */
    public synchronized String lastWords() {
        tellRest();
        return last;
    }

    private void tellRest() {
        if (watch != null) {
            for (int left = (1 << 16) / PIECE; left > 0 && take() > 0; left--) {
                // What a pipe holds at most.
            }
        }
        if (!line.isEmpty()) {
            tell();
        }
    }

    /** Tells what is left, and forgets the rest. */
    @Override
    public synchronized void close() {
        if (watch != null) {
            watch.close();
            tellRest();
            watch = null;
        }
        tellDropped();
        pipe.close();
    }
}
