package crosvm.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, as {@code sha256sum} prints it. */
final class Sha256 {
    private static final int CHUNK = 1 << 20;

    private Sha256() {}

    static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The digest of all that was put in, in small hex letters. The digest begins anew. */
    static String end(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The digest of a file. */
    static String of(Path file) throws IOException {
        MessageDigest digest = begin();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            update(digest, channel, channel.size());
        }
        return end(digest);
    }

    /** Puts the first bytes of a file in. */
    static void update(MessageDigest digest, FileChannel channel, long bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        for (long at = 0; at < bytes; ) {
            buffer.clear().limit((int) Math.min(CHUNK, bytes - at));
            int read = channel.read(buffer, at);
            if (read < 0) {
                throw new IOException("became shorter while it was read");
            }
            at += read;
            digest.update(buffer.flip());
        }
    }
}
