package crosvm.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256. Of whole files coreutils' {@code sha256sum} makes it where it is installed: crosvm's Java runs without its optimising
 * compiler, and is several times slower then.
 */
public final class Sha256 {
    private static final Path PROGRAM = Path.of("/usr/bin/sha256sum");
    private static final int CHUNK = 1 << 20;

    private Sha256() {}

    /** A digest that nothing has been put into. */
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The digest of all that was put in, in small hex letters. The digest begins anew. */
    public static String end(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The digest of a file. */
    public static String of(Path file) throws IOException {
        String digest = byProgram(file);
        return digest == null ? byJava(file) : digest;
    }

    /** Null when there is no such program, or it fails; who asks then finds out by itself what is wrong with the file. */
    static @Nullable String byProgram(Path file) throws IOException {
        if (!Files.isExecutable(PROGRAM)) {
            return null;
        }
        ProcessBuilder program = new ProcessBuilder(
                        PROGRAM.toString(), "--", file.toAbsolutePath().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        program.environment().clear(); // There may be secrets in it.
        Process process = program.start();
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            // A backslash before it says that there are some in the name.
            String digest = said.replaceFirst("(?s)^\\\\?([0-9a-f]{64}) .*", "$1");
            return process.waitFor() == 0 && digest.length() == 64 ? digest : null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    static String byJava(Path file) throws IOException {
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
