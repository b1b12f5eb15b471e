package crosvm.runner.bootentry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A GRUB script as commands, each a list of words, with variables filled in (GRUB manual, "Writing full configuration files
 * directly"). Braces are commands of their own. Used by one thread.
 */
final class GrubWords {
    private static final String NAME_CHARACTERS = "[A-Za-z0-9_]";

    /** Characters that variables stand for, in all of a menu: lines that double them must not fill the heap. */
    private static final int MAX_EXPANDED = 1 << 20;

    private final String text;
    private final Map<String, String> variables;
    private int at;
    private int expanded;

    GrubWords(String text, Map<String, String> variables) {
        this.text = text;
        this.variables = variables;
    }

    /** The next command, never empty; null at the end. What variables stand for has an end, whatever they are made of. */
    @Nullable List<String> next() {
        List<String> words = new ArrayList<>();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n' || c == ';') {
                at++;
                if (!words.isEmpty()) {
                    return words;
                }
            } else if (c == '{' || c == '}') {
                if (!words.isEmpty()) {
                    return words;
                }
                at++;
                return List.of(String.valueOf(c));
            } else if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (text.startsWith("\\\n", at)) {
                at += 2;
            } else {
                addWord(words);
            }
        }
        return words.isEmpty() ? null : words;
    }

    /** A variable without quotes may be several words. */
    private void addWord(List<String> words) {
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c) || c == ';' || (c == '{' || c == '}') && word.isEmpty()) {
                break;
            }
            if (c == '\'') {
                quoted = true;
                int end = text.indexOf('\'', at + 1);
                int stop = end < 0 ? text.length() : end;
                word.append(text, at + 1, stop);
                at = Math.min(text.length(), stop + 1);
            } else if (c == '"') {
                quoted = true;
                doubleQuoted(word);
            } else if (c == '\\' && at + 1 < text.length()) {
                if (text.charAt(at + 1) != '\n') {
                    word.append(text.charAt(at + 1));
                }
                at += 2;
            } else if (c == '$') {
                String[] parts = variable().split("\\s+", -1);
                for (int i = 0; i < parts.length; i++) {
                    if (i > 0 && !word.isEmpty()) {
                        words.add(word.toString());
                        word.setLength(0);
                    }
                    word.append(parts[i]);
                }
            } else {
                word.append(c);
                at++;
            }
        }
        if (quoted || !word.isEmpty()) {
            words.add(word.toString());
        }
    }

    private void doubleQuoted(StringBuilder word) {
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            char c = text.charAt(at);
            if (c == '$') {
                word.append(variable());
            } else if (c == '\\' && at + 1 < text.length() && "\\\"$\n".indexOf(text.charAt(at + 1)) >= 0) {
                word.append(text.charAt(at + 1));
                at += 2;
            } else {
                word.append(c);
                at++;
            }
        }
        at = Math.min(text.length(), at + 1);
    }

    /** What stands for a {@code $} and what is behind it; a variable that is not set is empty. */
    private String variable() {
        at++;
        boolean braces = at < text.length() && text.charAt(at) == '{';
        int start = braces ? at + 1 : at;
        int end = start;
        while (end < text.length() && text.substring(end, end + 1).matches(NAME_CHARACTERS)) {
            end++;
        }
        if (end == start && !braces) {
            return "$";
        }
        at = braces && end < text.length() && text.charAt(end) == '}' ? end + 1 : end;
        String value = variables.getOrDefault(text.substring(start, end), "");
        expanded += value.length();
        return expanded > MAX_EXPANDED ? "" : value;
    }
}
