package crosvm.schema.bind;

import java.util.ArrayList;
import java.util.List;

/** Splits a kernel command line as the kernel does: at blanks outside double quotes. */
public final class KernelCommandLine {
    private KernelCommandLine() {}

    /** The words of a line, quotes kept. */
    public static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            quoted ^= c == '"';
            if (!quoted && Character.isWhitespace(c)) {
                if (!word.isEmpty()) {
                    words.add(word.toString());
                    word.setLength(0);
                }
            } else {
                word.append(c);
            }
        }
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }
}
