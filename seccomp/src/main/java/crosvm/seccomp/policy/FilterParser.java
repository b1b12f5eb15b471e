package crosvm.seccomp.policy;

import crosvm.seccomp.policy.TokenLine.SyntaxError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what stands after a system call's colon: an action, or alternatives of comparisons with an action otherwise. */
final class FilterParser {

    private static final String ACTIONS = "1, allow, log, trap, kill, kill-process, kill-thread or return ERRNO";

    private final TokenLine line;
    private final Syscall syscall;

    FilterParser(TokenLine line, Syscall syscall) {
        this.line = line;
        this.syscall = syscall;
    }

    Rule parse(Mark mark, String reason) throws SyntaxError {
        if (line.peek().is("{")) {
            throw TokenLine.error(line.peek(), "several filters in braces are not supported; join them with '||'");
        }
        List<Conjunction> anyOf = new ArrayList<>();
        Action action = Action.ALLOW;
        Action otherwise = null;
        if (line.peek().kind() == Token.Kind.WORD && line.peek().text().startsWith("arg")) {
            do {
                anyOf.add(conjunction());
            } while (line.takeIf("||"));
            otherwise = otherwise();
        } else {
            action = action(line);
        }
        if (!line.atEnd()) {
            throw TokenLine.error(line.peek(), line.peek().shown() + " is not expected here");
        }
        return new Rule(syscall, anyOf, action, otherwise, mark, reason);
    }

    private @Nullable Action otherwise() throws SyntaxError {
        if (!line.takeIf(";")) {
            return null;
        }
        Token at = line.peek();
        Action action = action(line);
        if (action.equals(Action.ALLOW)) {
            throw TokenLine.error(
                    at, "allowing what fails the condition makes the condition pointless; write '1' alone");
        }
        if (action.kind() != Action.Kind.ERRNO) {
            throw TokenLine.error(
                    at,
                    "after a condition only 'return ERRNO' is allowed, for calls that fail it; " + at.text()
                            + " means opposite things to minijail's compilers: one takes it for calls that meet the"
                            + " condition, the other refuses it. Leave it out, and @default decides for calls that fail");
        }
        return action;
    }

    private Conjunction conjunction() throws SyntaxError {
        Mark mark = line.peek().mark();
        List<Atom> atoms = new ArrayList<>();
        do {
            atoms.add(atom());
        } while (line.takeIf("&&"));
        return new Conjunction(atoms, mark);
    }

    private Atom atom() throws SyntaxError {
        int argument = argument(line.take());
        Operator operator = operator(line.take());
        Token start = line.peek();
        int before = line.position();
        long value = new ConstantParser(line).parse();
        String text = line.textSince(before);
        boolean wide = syscall.isWide(argument);
        if (operator.isOrdering() && value < 0) {
            throw TokenLine.error(
                    start,
                    "the order of " + operator.symbol() + " is unsigned, so a negative constant cannot be meant");
        }
        return new Atom(argument, wide, operator, wide ? value : narrow(argument, value, start), text);
    }

    /** The low half of a constant for a 32-bit argument; the upper half must be no more than its sign. */
    private long narrow(int argument, long value, Token start) throws SyntaxError {
        if (value != (int) value && value >>> 32 != 0) {
            throw TokenLine.error(
                    start,
                    "arg" + argument + " of " + syscall.name() + " is 32 bits wide; 0x" + Long.toHexString(value)
                            + " does not fit");
        }
        return value & 0xffff_ffffL;
    }

    private int argument(Token token) throws SyntaxError {
        String text = token.text();
        if (token.kind() != Token.Kind.WORD || !text.matches("arg[0-9]+")) {
            throw TokenLine.error(token, "an argument (arg0 to arg5) expected, not " + token.shown());
        }
        int count = syscall.argumentCount();
        int argument = text.length() > 4 ? Integer.MAX_VALUE : text.charAt(3) - '0';
        if (argument >= count) {
            throw TokenLine.error(
                    token,
                    syscall.name() + " has no " + text + ": it takes " + count
                            + (count == 1 ? " argument" : " arguments"));
        }
        return argument;
    }

    private static Operator operator(Token token) throws SyntaxError {
        for (Operator operator : Operator.values()) {
            if (token.is(operator.symbol())) {
                return operator;
            }
        }
        throw TokenLine.error(token, "one of == != < <= > >= & in expected, not " + token.shown());
    }

    /** Reads an action word, and for {@code return} the errno. */
    static Action action(TokenLine line) throws SyntaxError {
        Token token = line.take();
        return switch (token.text()) {
            case "1", "allow" -> Action.ALLOW;
            case "log" -> Action.LOG;
            case "trap" -> Action.TRAP;
            case "kill", "kill-process" -> Action.KILL_PROCESS;
            case "kill-thread" -> Action.KILL_THREAD;
            case "return" -> Action.errno(errno(line.take()));
            case "trace", "user-notify" ->
                throw TokenLine.error(
                        token,
                        token.text() + " needs a process that answers for the filter, and there is none; use "
                                + ACTIONS);
            default ->
                throw TokenLine.error(
                        token,
                        "a condition (arg0 == ...) or an action (" + ACTIONS + ") expected, not " + token.shown());
        };
    }

    private static int errno(Token token) throws SyntaxError {
        long value;
        if (token.kind() == Token.Kind.NUMBER) {
            value = ConstantParser.number(token);
        } else if (token.kind() == Token.Kind.WORD && NamedConstants.isErrno(token.text())) {
            value = NamedConstants.value(token.text())
                    .orElseThrow(() -> TokenLine.error(token, "unknown errno " + token.text()));
        } else {
            throw TokenLine.error(token, "an errno (EPERM, ENOSYS, 13 ...) expected, not " + token.shown());
        }
        if (value < 0 || value > Action.MAX_ERRNO) {
            throw TokenLine.error(token, "an errno is a number from 0 to " + Action.MAX_ERRNO);
        }
        return (int) value;
    }
}
