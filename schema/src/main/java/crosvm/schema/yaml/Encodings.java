package crosvm.schema.yaml;

/** Guesses in which encoding a file is that is not UTF-8, for the message. */
public final class Encodings {
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
        for (byte b : bytes) {
            int c = b & 0xff;
            text &= c >= ' ' && c != 0x7f && (c < 0x80 || c >= 0xa0) || c == '\t' || c == '\r' || c == '\n';
        }
        return text ? "ISO-8859-1 (Latin-1)" : "a binary file";
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
