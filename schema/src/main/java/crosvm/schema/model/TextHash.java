package crosvm.schema.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 (FIPS 180-4) of texts, in UTF-8. Java's cryptography is loaded at the first use, which takes longer than the lint of a
 * file. Any thread.
 */
public final class TextHash {
    private TextHash() {}

    /** The 32 bytes. */
    public static byte[] bytes(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The same as 64 small hex digits. */
    public static String hex(String text) {
        return HexFormat.of().formatHex(bytes(text));
    }
}
