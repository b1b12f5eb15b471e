package crosvm.vmm.console;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Set;

/**
 * A machine's console as a text file, each line behind the time of its first byte: {@code 2026-11-24T08:44:17.123Z } and
 * then the guest's bytes. At {@value #FILE_BYTES} bytes a new file is begun, the old ones being {@code NAME.1} (the newest)
 * to {@code NAME.4}; a line is cut in two only where it is longer than a whole file. {@link ConsoleLogReader} reads them.
 * Used by one thread.
 */
final class ConsoleLog implements OutputFile {
    /** Size at which the next line begins a new file. */
    static final int FILE_BYTES = 1 << 20;

    /** Old files kept. */
    static final int OLD_FILES = 4;

    private static final int CHUNK_BYTES = 1 << 16;
    private static final int MAX_LINE_BYTES = FILE_BYTES;

    private final Path path;
    private final LineTimestamp time;
    private final ByteBuffer out = ByteBuffer.allocate(CHUNK_BYTES);
    private FileChannel channel;
    private long size;
    private boolean lineOpen;

    private ConsoleLog(Path path, InstantSource clock) throws IOException {
        this.path = path;
        time = new LineTimestamp(clock);
        channel = open();
        size = channel.size();
        if (size > 0 && !endsWithNewline()) {
            writeOut(ByteBuffer.wrap(new byte[] {'\n'})); // The machine before us was ended in the middle of a line.
        }
    }

    /**
     * Goes on behind what is there.
     *
     * @throws VmmException naming the file
     */
    static ConsoleLog open(Path path, InstantSource clock) {
        try {
            return new ConsoleLog(path, clock);
        } catch (IOException e) {
            throw new VmmException(path + ": the console's log cannot be written: " + FailureReason.of(e), e);
        }
    }

    /** Old file number {@code age}, 1 for the newest; 0 is the file itself. */
    static Path aged(Path path, int age) {
        return age == 0 ? path : path.resolveSibling(path.getFileName() + "." + age);
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                path,
                Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private boolean endsWithNewline() throws IOException {
        ByteBuffer last = ByteBuffer.allocate(1);
        channel.read(last, size - 1);
        return last.get(0) == '\n';
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        out.clear();
        while (bytes.hasRemaining()) {
            long would = size + out.position();
            if (lineOpen ? would >= FILE_BYTES + MAX_LINE_BYTES : would >= FILE_BYTES) {
                flush();
                rotate();
            }
            if (out.remaining() < LineTimestamp.LENGTH + 1) {
                flush();
            }
            if (!lineOpen) {
                time.put(out);
                lineOpen = true;
            }
            byte value = bytes.get();
            out.put(value);
            lineOpen = value != '\n';
        }
        flush();
    }

    private void flush() throws IOException {
        try {
            writeOut(out.flip());
        } finally {
            out.clear();
        }
    }

    private void writeOut(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            size += channel.write(bytes, size);
        }
    }

    private void rotate() throws IOException {
        for (int age = OLD_FILES - 1; age >= 0; age--) {
            try {
                Files.move(aged(path, age), aged(path, age + 1), StandardCopyOption.REPLACE_EXISTING);
            } catch (NoSuchFileException e) {
                // So many old ones are not there yet.
            }
        }
        FileChannel next = open();
        channel.close();
        channel = next;
        size = 0;
        lineOpen = false;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
