package crosvm.runner.remote;

import crosvm.runner.image.Sha256;
import crosvm.runner.image.SparseFile;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A file on a stream: pieces of at most 1 MiB, each with its length in front as a 32-bit number; a negative one stands for as many
 * zeros, which do not travel; 0 ends the file. Stateless; any thread.
 */
final class FileStream {
    private static final int PIECE = 1 << 20;

    private FileStream() {}

    /** Writes a file. */
    static void send(Path file, DataOutputStream out) throws IOException {
        byte[] piece = new byte[PIECE];
        byte[] zeros = new byte[PIECE];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.readNBytes(piece, 0, PIECE); read > 0; read = in.readNBytes(piece, 0, PIECE)) {
                if (Arrays.equals(piece, 0, read, zeros, 0, read)) {
                    out.writeInt(-read);
                } else {
                    out.writeInt(read);
                    out.write(piece, 0, read);
                }
            }
        }
        out.writeInt(0);
    }

    /**
     * Reads one into a new file, with holes where there are zeros.
     *
     * @return its SHA-256
     * @throws IOException also when it has more bytes than that
     */
    static String receive(DataInputStream in, Path file, long most) throws IOException {
        byte[] piece = new byte[PIECE];
        MessageDigest digest = Sha256.begin();
        long size = 0;
        try (SparseFile target = new SparseFile(file)) {
            for (int length = in.readInt(); length != 0; length = in.readInt()) {
                int bytes = Math.abs(length);
                size += bytes;
                if (bytes < 0 || bytes > PIECE || size > most) {
                    throw new IOException("became longer while it was sent");
                }
                if (length > 0) {
                    in.readFully(piece, 0, bytes);
                } else {
                    Arrays.fill(piece, 0, bytes, (byte) 0);
                }
                digest.update(piece, 0, bytes);
                target.append(piece, bytes);
            }
            target.finish();
        }
        return Sha256.end(digest);
    }
}
