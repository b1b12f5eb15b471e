package crosvm.schema.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of what a guest writes to a disk: {@code keep}, {@code discard}, or the path of an overlay.
 *
 * @param kind which of the three
 * @param file absolute path of the overlay, a qcow2 image that is made when it is missing; null unless that is the kind
 */
public record DiskWrites(Kind kind, @Nullable Path file) {
    /** It goes into the image. */
    public static final DiskWrites KEEP = new DiskWrites(Kind.KEEP, null);

    /** It is gone when the machine ends. */
    public static final DiskWrites DISCARD = new DiskWrites(Kind.DISCARD, null);

    /** What is no path, as a regular expression. */
    public static final String BARE_WORD = "[A-Za-z]+";

    /** The words that are not paths. */
    public static final List<String> WORDS = List.of("keep", "discard");

    /** Where it goes. */
    public enum Kind {
        /** Into the image. */
        KEEP,
        /** Into a file without a name, which is gone when the machine ends. */
        DISCARD,
        /** Into an overlay that stays. */
        FILE
    }

    /** Into an overlay. */
    public static DiskWrites to(Path file) {
        return new DiskWrites(Kind.FILE, file);
    }

    /** One of {@link #WORDS}; null for any other text. */
    public static @Nullable DiskWrites ofWord(String word) {
        return switch (word) {
            case "keep" -> KEEP;
            case "discard" -> DISCARD;
            default -> null;
        };
    }

    /** Whether a text is one word of letters: rather a misspelt one of {@link #WORDS} than a file. */
    public static boolean isBareWord(String text) {
        return text.matches(BARE_WORD);
    }

    /** The overlay's path. */
    public Path overlay() {
        return Objects.requireNonNull(file, "an overlay has a path");
    }

    /** As it is written in a spec. */
    @Override
    public String toString() {
        return switch (kind) {
            case KEEP -> "keep";
            case DISCARD -> "discard";
            case FILE -> overlay().toString();
        };
    }
}
