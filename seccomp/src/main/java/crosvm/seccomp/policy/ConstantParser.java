package crosvm.seccomp.policy;

import crosvm.seccomp.policy.TokenLine.SyntaxError;
import java.util.OptionalLong;

/** Reads a constant: a name or number, {@code A|B}, {@code ~A}, parentheses. */
final class ConstantParser {

    private final TokenLine line;

    ConstantParser(TokenLine line) {
        this.line = line;
    }

    long parse() throws SyntaxError {
        long value = term();
        while (line.takeIf("|")) {
            value |= term();
        }
        return value;
    }

    private long term() throws SyntaxError {
        Token token = line.take();
        if (token.is("~")) {
            return ~term();
        }
        if (token.is("(")) {
            long value = parse();
            if (!line.takeIf(")")) {
                throw TokenLine.error(
                        line.peek(), "')' expected before " + line.peek().shown());
            }
            return value;
        }
        return switch (token.kind()) {
            case NUMBER -> number(token);
            case WORD -> named(token);
            default -> throw TokenLine.error(token, "a number or a named constant expected, not " + token.shown());
        };
    }

    private static long named(Token token) throws SyntaxError {
        OptionalLong value = NamedConstants.value(token.text());
        if (value.isEmpty()) {
            String hint = Nearest.hint(token.text(), NamedConstants.all().keySet());
            throw TokenLine.error(token, "unknown constant " + token.text() + hint);
        }
        return value.getAsLong();
    }

    /** Decimal, 0x hexadecimal or 0 octal, up to 64 bits, as strtoull(3) with base 0 reads it. */
    static long number(Token token) throws SyntaxError {
        String text = token.text();
        boolean negative = text.startsWith("-");
        String digits = negative ? text.substring(1) : text;
        try {
            long magnitude;
            if (digits.startsWith("0x") || digits.startsWith("0X")) {
                magnitude = Long.parseUnsignedLong(digits.substring(2), 16);
            } else if (digits.length() > 1 && digits.startsWith("0")) {
                magnitude = Long.parseUnsignedLong(digits, 8);
            } else {
                magnitude = Long.parseUnsignedLong(digits);
            }
            if (negative && magnitude < 0 && magnitude != Long.MIN_VALUE) {
                throw TokenLine.error(token, text + " does not fit in 64 bits");
            }
            return negative ? -magnitude : magnitude;
        } catch (NumberFormatException e) {
            throw TokenLine.error(
                    token, text + " is not a number of at most 64 bits (decimal, 0x hexadecimal, 0 octal)");
        }
    }
}
