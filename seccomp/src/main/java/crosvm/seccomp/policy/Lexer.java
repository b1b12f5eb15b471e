package crosvm.seccomp.policy;

import java.util.ArrayList;
import java.util.List;

/** Cuts policy text into tokens; a backslash before a line's end joins it to the next. */
final class Lexer {

    private static final String[] SIGNS = {
        "==", "!=", "<=", ">=", "&&", "||", "<", ">", "&", "|", "~", "(", ")", ";", ":", "{", "}", ",", "[", "]", "="
    };

    private final String file;
    private final String text;
    private final List<Problem> problems;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineStart;

    Lexer(String file, String text, List<Problem> problems) {
        this.file = file;
        this.text = text;
        this.problems = problems;
    }

    /** All tokens; every line that holds any ends with {@link Token.Kind#END_OF_LINE}. */
    List<Token> tokens() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                endLine();
            } else if (c == '\\') {
                joinLines();
            } else if (c == ' ' || c == '\t' || c == '\r') {
                at++;
            } else if (c == '#') {
                comment();
            } else if (c == '@') {
                directive();
            } else if (isWordPart(c) || c == '-') {
                wordOrNumber();
            } else {
                sign();
            }
        }
        endLine();
        return tokens;
    }

    private Mark mark(int position) {
        return new Mark(file, line, position - lineStart + 1);
    }

    private void add(Token.Kind kind, int from, int to) {
        tokens.add(new Token(kind, text.substring(from, to), mark(from)));
        at = to;
    }

    private void endLine() {
        tokens.add(new Token(Token.Kind.END_OF_LINE, "", mark(at)));
        startLine(at + 1);
    }

    private void startLine(int position) {
        at = position;
        line++;
        lineStart = position;
    }

    private void joinLines() {
        int end = at + 1;
        if (end < text.length() && text.charAt(end) == '\r') {
            end++;
        }
        if (end < text.length() && text.charAt(end) == '\n') {
            startLine(end + 1);
        } else {
            problems.add(
                    new Problem(mark(at), "a '\\' must be the last character of its line, to join it to the next"));
            at++;
        }
    }

    private int lineEnd() {
        int end = text.indexOf('\n', at);
        end = end < 0 ? text.length() : end;
        return end > at && text.charAt(end - 1) == '\r' ? end - 1 : end;
    }

    private void comment() {
        int end = lineEnd();
        if (text.charAt(end - 1) == '\\') {
            problems.add(
                    new Problem(
                            mark(end - 1),
                            "a comment cannot be continued with '\\' (minijail would swallow the next line); start the next line with '#'"));
        }
        add(Token.Kind.COMMENT, at, end);
    }

    private void directive() {
        int end = lineEnd();
        int hash = text.indexOf('#', at);
        int stop = hash >= 0 && hash < end ? hash : end;
        while (stop > at && Character.isWhitespace(text.charAt(stop - 1))) {
            stop--;
        }
        add(Token.Kind.DIRECTIVE, at, stop);
    }

    private static boolean isWordPart(char c) {
        return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private void wordOrNumber() {
        int end = at + 1;
        while (end < text.length() && (isWordPart(text.charAt(end)) || text.charAt(end) == '-')) {
            end++;
        }
        char first = text.charAt(at);
        boolean number = first >= '0' && first <= '9' || first == '-';
        add(number ? Token.Kind.NUMBER : Token.Kind.WORD, at, end);
    }

    private void sign() {
        for (String sign : SIGNS) {
            if (text.startsWith(sign, at)) {
                add(Token.Kind.SIGN, at, at + sign.length());
                return;
            }
        }
        problems.add(
                new Problem(mark(at), "'" + Character.toString(text.codePointAt(at)) + "' has no meaning in a policy"));
        at += Character.charCount(text.codePointAt(at));
    }
}
