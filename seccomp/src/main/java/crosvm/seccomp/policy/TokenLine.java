package crosvm.seccomp.policy;

import java.util.List;
import java.util.stream.Collectors;

/** The tokens of one logical line, read from left to right. One parser owns it. */
final class TokenLine {

    private final List<Token> tokens;
    private int next;

    /** The last token must be the end of the line. */
    TokenLine(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(next);
    }

    /** The next token; at the end of the line that token again and again. */
    Token take() {
        Token token = tokens.get(next);
        if (next < tokens.size() - 1) {
            next++;
        }
        return token;
    }

    boolean takeIf(String sign) {
        boolean found = peek().is(sign);
        if (found) {
            take();
        }
        return found;
    }

    boolean atEnd() {
        return peek().kind() == Token.Kind.END_OF_LINE;
    }

    /** How many tokens have been taken. */
    int position() {
        return next;
    }

    /** The tokens taken since then, as written but without spaces. */
    String textSince(int position) {
        return tokens.subList(position, next).stream().map(Token::text).collect(Collectors.joining());
    }

    /** Ends the reading of this line with a problem at a token. */
    static SyntaxError error(Token at, String message) {
        return new SyntaxError(new Problem(at.mark(), message));
    }

    /** Leaves one line; the loader notes the problem and goes on with the next line. */
    static final class SyntaxError extends Exception {
        private static final long serialVersionUID = 1;

        private final transient Problem problem;

        SyntaxError(Problem problem) {
            super(problem.message(), null, false, false);
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }
}
