package crosvm.runner.network;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file that a program appends to, read bit by bit, and begun anew before it fills the memory that it lies in. Used by one thread. */
final class GrowingLog {
    /** From here on it is begun anew. */
    private static final long MAX_BYTES = 1 << 20;

    private final Path file;
    private long position;

    GrowingLog(Path file) {
        this.file = file;
    }

    /** What has come since the last time, at most the last {@value #MAX_BYTES} bytes of it. Its end may be half a line, which is then lost. */
    List<String> newLines() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (RandomAccessFile text = new RandomAccessFile(file.toFile(), "rw")) {
            long length = text.length();
            if (length < position) { // It was started anew.
                position = 0;
            }
            byte[] bytes = new byte[(int) Math.min(MAX_BYTES, length - position)];
            text.seek(length - bytes.length);
            text.readFully(bytes);
            position = length;
            if (length > MAX_BYTES) {
                text.setLength(0); // The program appends.
                position = 0;
            }
            return new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
        }
    }
}
