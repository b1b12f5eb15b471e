package crosvm.schema.load;

import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Rule;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Encodings;
import crosvm.schema.yaml.YamlRule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A file as text, or the problem that keeps it from being read. Immutable.
 *
 * @param text null when there is a problem
 * @param problem null when there is a text
 */
record SourceFile(@Nullable SourceText text, @Nullable Problem problem) {
    private static final char REPLACEMENT = '\ufffd';

    /**
     * Reads a file, at most {@link SpecLoader#MAX_FILE_BYTES} of it. A regular file without a length is not opened: a link into proc
     * may lead to one that is read for ever ({@code /proc/kmsg}).
     */
    static SourceFile read(String name, Path file) {
        byte[] bytes;
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            boolean isEmpty = attributes.isRegularFile() && attributes.size() == 0;
            bytes = isEmpty ? new byte[0] : firstBytes(file);
        } catch (NoSuchFileException e) {
            return refused(name, YamlRule.UNREADABLE, "no such file");
        } catch (AccessDeniedException e) {
            return unreadable(name, "permission denied");
        } catch (FileSystemException e) {
            return unreadable(name, e.getReason() == null ? "it is not a file" : e.getReason());
        } catch (IOException e) {
            return unreadable(name, Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage()));
        }
        return of(name, bytes);
    }

    private static byte[] firstBytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(SpecLoader.MAX_FILE_BYTES + 1);
        }
    }

    /** Bytes that are a file's, in UTF-8. */
    static SourceFile of(String name, byte[] bytes) {
        if (bytes.length > SpecLoader.MAX_FILE_BYTES) {
            return refused(name, YamlRule.TOO_LARGE, "is larger than 256 KiB");
        }
        try {
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.indexOf(REPLACEMENT) >= 0) { // Either written so, or in place of what is not UTF-8.
                text = StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            }
            return new SourceFile(new SourceText(name, text.startsWith("\ufeff") ? text.substring(1) : text), null);
        } catch (CharacterCodingException e) {
            String other = Encodings.guess(bytes);
            return refused(
                    name,
                    YamlRule.NOT_UTF8,
                    "is not UTF-8" + (other.isEmpty() ? "" : ", it looks like " + other),
                    "save it as UTF-8",
                    badByte(bytes));
        }
    }

    /** A file or folder that cannot be read for this reason. */
    static SourceFile unreadable(String name, String reason) {
        return refused(name, YamlRule.UNREADABLE, "cannot be read: " + reason);
    }

    private static SourceFile refused(String name, Rule rule, String message) {
        return refused(name, rule, message, "", Position.FILE);
    }

    private static SourceFile refused(String name, Rule rule, String message, String hint, Position position) {
        return new SourceFile(null, new Problem(name, position, rule.severity(), rule, message, "", hint));
    }

    /** The place of the first byte that is not UTF-8. */
    private static Position badByte(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        String good = out.flip().toString();
        int line = 1 + (int) good.chars().filter(c -> c == '\n').count();
        int column = 1 + good.codePointCount(good.lastIndexOf('\n') + 1, good.length());
        return new Position(line, column, column + 1);
    }
}
