package crosvm.schema.yaml;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.LoadSettingsBuilder;

/** How the parser is set up. The loader bounds a file's size, {@link TreeBuilder} its depth and aliases. */
final class Settings {
    private static final LoadSettings SMALL = builder().build();

    private static final LoadSettings WITH_COMMENTS =
            builder().setParseComments(true).build();

    /** A larger text is read in one piece. */
    private static final int SMALL_TEXT = 16 << 10;

    private Settings() {}

    /** For a text of this length, in characters. */
    static LoadSettings of(int length) {
        return length <= SMALL_TEXT ? SMALL : inOnePiece(builder(), length).build();
    }

    /** The same, with comments told of. */
    static LoadSettings withComments(int length) {
        return length <= SMALL_TEXT
                ? WITH_COMMENTS
                : inOnePiece(builder(), length).setParseComments(true).build();
    }

    /** The parser copies what is left of a piece whenever it takes the next, so a long value costs the square of its length. */
    private static LoadSettingsBuilder inOnePiece(LoadSettingsBuilder builder, int length) {
        return builder.setBufferSize(length + 1);
    }

    private static LoadSettingsBuilder builder() {
        return LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE);
    }
}
