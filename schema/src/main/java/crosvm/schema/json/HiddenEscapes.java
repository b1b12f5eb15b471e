package crosvm.schema.json;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import org.jspecify.annotations.Nullable;

/**
 * Escapes what JSON allows in a text and YAML or a terminal does not: DEL, the C1 controls, byte order marks, what is not a
 * character, and separators that only some readers take for the end of a line.
 */
final class HiddenEscapes extends CharacterEscapes {
    static final HiddenEscapes ALL = new HiddenEscapes();
    private static final long serialVersionUID = 1;

    private final int[] ascii = standardAsciiEscapesForJSON();

    private HiddenEscapes() {
        ascii[0x7f] = ESCAPE_STANDARD;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
        return ascii.clone();
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int c) {
        boolean hidden =
                c >= 0x80 && c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
        return hidden ? new SerializedString(String.format("\\u%04X", c)) : null;
    }
}
