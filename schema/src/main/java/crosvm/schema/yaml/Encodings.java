package crosvm.schema.yaml;

/** Guesses in which encoding a file is that is not UTF-8, for the message. */
public final class Encodings {
    private static final String NOT_IN_WINDOWS_1252 = "\u0081\u008d\u008f\u0090\u009d";

    private Encodings() {}

    /** The name of the encoding, or empty. */
    public static String guess(byte[] bytes) {
        if (startsWith(bytes, 0xff, 0xfe, 0, 0) || startsWith(bytes, 0, 0, 0xfe, 0xff)) {
            return "UTF-32";
        }
        if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff)) {
            return "UTF-16";
        }
        boolean text = true;
        boolean windows = false;
        for (byte b : bytes) {
            int c = b & 0xff;
            text &= c >= ' ' && c != 0x7f || c == '\t' || c == '\r' || c == '\n';
            windows |= c >= 0x80 && c < 0xa0;
        }
        // The C1 controls of Latin-1 stand in no text; Windows has quotes, dashes and the like in their place.
        boolean known = NOT_IN_WINDOWS_1252.chars().noneMatch(c -> contains(bytes, c));
        return text && !windows ? "ISO-8859-1 (Latin-1)" : text && known ? "Windows-1252" : "a binary file";
    }

    private static boolean contains(byte[] bytes, int c) {
        for (byte b : bytes) {
            if ((b & 0xff) == c) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWith(byte[] bytes, int... magic) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
