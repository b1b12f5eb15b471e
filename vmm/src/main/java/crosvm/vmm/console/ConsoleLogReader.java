package crosvm.vmm.console;

import crosvm.vmm.linux.FileIdentity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Reads a machine's console log, old files first, while it may be written and begun anew by the machine: what the guest
 * wrote comes out byte for byte, none missing or twice as long as the reader keeps up with the rotation. {@link #read} gives
 * what there is and can be called again, for {@code logs -f}. Used by one thread.
 */
public final class ConsoleLogReader implements LogReader {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int MAX_ATTEMPTS = 100;

    private final Path path;
    private final Instant since;
    private final boolean times;
    private final ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
    private final byte[] start = new byte[LineTimestamp.LENGTH];
    private int startLength;
    private boolean inLine;
    private boolean wanted;
    private @Nullable FileChannel file;
    private @Nullable FileIdentity identity;

    /**
     * @param log the path the machine was given; need not exist yet
     * @param since lines that begin before are left out; {@link Instant#MIN} for none
     * @param times whether each line is to come out behind its time
     */
    public ConsoleLogReader(Path log, Instant since, boolean times) {
        this.path = log;
        this.since = since;
        this.times = times;
        this.wanted = since.equals(Instant.MIN);
    }

    /** @return whether there was anything new, wanted or not */
    @Override
    public boolean read(OutputStream to) throws IOException {
        boolean any = false;
        while (file != null || open(oldest())) {
            any |= drain(to);
            FileIdentity newest = FileIdentity.at(path);
            if (newest == null || newest.equals(identity)) {
                return any;
            }
            any |= drain(to); // What was written between our last read and the rotation.
            endOfFile(to);
            int age = age();
            close();
            open(age > 0 ? age - 1 : oldest());
        }
        return any;
    }

    private boolean drain(OutputStream to) throws IOException {
        boolean any = false;
        while (file != null && file.read(piece.clear()) > 0) {
            any = true;
            piece.flip();
            while (piece.hasRemaining()) {
                pass(to);
            }
        }
        return any;
    }

    /** Passes what is left of a line, or its start. */
    private void pass(OutputStream to) throws IOException {
        if (!inLine) {
            start[startLength++] = piece.get();
            if (startLength == start.length || start[startLength - 1] == '\n') {
                begin(to);
            }
            return;
        }
        int from = piece.position();
        int end = from;
        while (end < piece.limit() && piece.get(end) != '\n') {
            end++;
        }
        inLine = end == piece.limit();
        end += inLine ? 0 : 1;
        if (wanted) {
            to.write(piece.array(), from, end - from);
        }
        piece.position(end);
    }

    /** A line that does not begin with a time is none of ours; it goes with the one before. */
    private void begin(OutputStream to) throws IOException {
        Instant time = LineTimestamp.of(start, startLength);
        if (time != null) {
            wanted = !time.isBefore(since);
        }
        if (wanted && (times || time == null)) {
            to.write(start, 0, startLength);
        }
        inLine = start[startLength - 1] != '\n';
        startLength = 0;
    }

    private void endOfFile(OutputStream to) throws IOException {
        if (startLength > 0) {
            begin(to);
        }
        inLine = false;
    }

    /**
     * Opens a file, unless it is gone or becomes another one meanwhile.
     *
     * @return whether one is open
     */
    private boolean open(int wantedAge) throws IOException {
        int age = wantedAge;
        for (int i = 0; i < MAX_ATTEMPTS && age >= 0; i++) {
            Path candidate = ConsoleLog.aged(path, age);
            FileIdentity before = FileIdentity.at(candidate);
            if (before == null) {
                age--;
                continue;
            }
            FileChannel opened;
            try {
                opened = FileChannel.open(candidate);
            } catch (NoSuchFileException e) {
                continue;
            }
            if (before.equals(FileIdentity.at(candidate))) {
                file = opened;
                identity = before;
                return true;
            }
            opened.close();
        }
        return false;
    }

    /** The oldest file that can have lines we want. */
    private int oldest() throws IOException {
        for (int age = ConsoleLog.OLD_FILES; age > 0; age--) {
            try {
                Instant written =
                        Files.getLastModifiedTime(ConsoleLog.aged(path, age)).toInstant();
                if (!written.isBefore(since)) {
                    return age;
                }
            } catch (NoSuchFileException e) {
                // Not so many were kept.
            }
        }
        return 0;
    }

    /** The age that the file we have open has now, -1 when it has been deleted. */
    private int age() throws IOException {
        for (int age = 0; age <= ConsoleLog.OLD_FILES; age++) {
            FileIdentity there = FileIdentity.at(ConsoleLog.aged(path, age));
            if (there != null && there.equals(identity)) {
                return age;
            }
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        FileChannel open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }
}
