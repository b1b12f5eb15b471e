package crosvm.seccomp.policy;

import crosvm.seccomp.policy.TokenLine.SyntaxError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one policy and what it includes. For use by one thread, once.
 *
 * <p>Includes go one level deep, as in minijail. A rule of the policy's own replaces an included rule for the same system
 * call: what the device's file says is what holds. Two rules for one system call in one file, or in two included files,
 * are a problem, because neither order would be obvious.
 */
final class PolicyLoader {

    private final PolicySource source;
    private final List<Problem> problems = new ArrayList<>();
    private final Set<String> files = new LinkedHashSet<>();
    private final List<Rule> inOrder = new ArrayList<>();
    private final Map<Integer, Rule> own = new LinkedHashMap<>();
    private final Map<Integer, Rule> included = new HashMap<>();
    private @Nullable Action defaultAction;

    PolicyLoader(PolicySource source) {
        this.source = source;
    }

    @SuppressWarnings("ReferenceEquality") // Of two equal rules for one call the later one is lost.
    Policy load(String name) {
        String text;
        try {
            text = source.read(name);
        } catch (IOException e) {
            throw new PolicyException(name + ": the policy cannot be read: " + why(e));
        }
        files.add(name);
        parse(name, text, true);
        List<Rule> rules = new ArrayList<>();
        List<Rule> overridden = new ArrayList<>();
        for (Rule rule : inOrder) {
            boolean lost = own.getOrDefault(rule.syscall().number(), rule) != rule;
            (lost ? overridden : rules).add(rule);
        }
        if (rules.isEmpty() && problems.isEmpty()) {
            problems.add(new Problem(
                    new Mark(name, 1, 1), "no rule at all: every system call would meet the default action"));
        }
        if (!problems.isEmpty()) {
            throw new PolicyException(problems);
        }
        return new Policy(
                name,
                defaultAction == null ? Action.KILL_PROCESS : defaultAction,
                rules,
                overridden,
                List.copyOf(files));
    }

    private void parse(String file, String text, boolean top) {
        List<Token> line = new ArrayList<>();
        List<String> comments = new ArrayList<>();
        boolean blank = true;
        for (Token token : new Lexer(file, text, problems).tokens()) {
            if (token.kind() == Token.Kind.COMMENT) {
                comments.add(token.text().substring(1).strip());
                blank = false;
                continue;
            }
            line.add(token);
            if (token.kind() != Token.Kind.END_OF_LINE) {
                continue;
            }
            if (line.size() > 1) {
                parseLine(new TokenLine(List.copyOf(line)), String.join(" ", comments), top);
            }
            // Comment lines belong to the rule right below them, not to one that follows an empty line.
            if (line.size() > 1 || blank) {
                comments.clear();
            }
            line.clear();
            blank = true;
        }
    }

    private void parseLine(TokenLine line, String reason, boolean top) {
        try {
            if (line.peek().kind() == Token.Kind.DIRECTIVE) {
                directive(line.take(), line, top);
            } else {
                rule(line, reason, top);
            }
        } catch (SyntaxError e) {
            problems.add(e.problem());
        }
    }

    private void rule(TokenLine line, String reason, boolean top) throws SyntaxError {
        Token name = line.take();
        if (name.is("{")) {
            throw TokenLine.error(name, "several system calls in braces are not supported; give each its own line");
        }
        Syscall syscall = syscall(name);
        if (!line.takeIf(":")) {
            throw TokenLine.error(
                    line.peek(),
                    "':' expected after " + name.text() + ", not " + line.peek().shown());
        }
        Rule rule = new FilterParser(line, syscall).parse(name.mark(), reason);
        Map<Integer, Rule> rules = top ? own : included;
        Rule earlier = rules.putIfAbsent(syscall.number(), rule);
        if (earlier != null) {
            throw TokenLine.error(
                    name, syscall.name() + " already has a rule at " + earlier.mark() + "; join the two with '||'");
        }
        inOrder.add(rule);
    }

    private static Syscall syscall(Token name) throws SyntaxError {
        if (name.kind() == Token.Kind.NUMBER) {
            long number = ConstantParser.number(name);
            return SyscallTable.byNumber(number == (int) number ? (int) number : -1)
                    .orElseThrow(() -> TokenLine.error(name, "x86-64 has no system call with number " + name.text()));
        }
        if (name.kind() != Token.Kind.WORD) {
            throw TokenLine.error(name, "a system call's name expected, not " + name.shown());
        }
        return SyscallTable.byName(name.text())
                .orElseThrow(() -> TokenLine.error(
                        name,
                        "x86-64 has no system call " + name.text()
                                + Nearest.hint(
                                        name.text(),
                                        SyscallTable.all().stream()
                                                .map(Syscall::name)
                                                .toList())));
    }

    private void directive(Token token, TokenLine line, boolean top) throws SyntaxError {
        String[] words = token.text().split("\\s+", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "@include" -> include(token, rest, top);
            case "@default" -> setDefault(token, rest, top);
            case "@frequency" -> {
                // How often each call is made, for minijail's own layout. Ours does not need it (see FilterCompiler).
                if (rest.isEmpty()) {
                    throw TokenLine.error(token, "@frequency needs a file's path (crosvm does not use the file)");
                }
            }
            default ->
                throw TokenLine.error(
                        token, words[0] + " is not a directive; there are @include, @default and @frequency");
        }
        if (!line.atEnd()) {
            throw TokenLine.error(line.peek(), line.peek().shown() + " is not expected here");
        }
    }

    private void setDefault(Token token, String rest, boolean top) throws SyntaxError {
        if (!top) {
            throw TokenLine.error(token, "@default belongs in the policy itself, not in an included file");
        }
        if (defaultAction != null) {
            throw TokenLine.error(token, "there can be only one @default");
        }
        List<Problem> lexical = new ArrayList<>();
        TokenLine words = new TokenLine(new Lexer(token.mark().file(), rest, lexical).tokens());
        if (!lexical.isEmpty() || words.atEnd()) {
            throw TokenLine.error(
                    token, "@default needs an action: kill, kill-process, kill-thread, trap, log or return ERRNO");
        }
        Action action;
        try {
            action = FilterParser.action(words);
        } catch (SyntaxError e) {
            throw TokenLine.error(token, e.problem().message());
        }
        if (action.equals(Action.ALLOW) || !words.atEnd()) {
            throw TokenLine.error(
                    token,
                    action.equals(Action.ALLOW)
                            ? "@default allow would make the policy a list of exceptions; a jail allows only what it names"
                            : "@default takes one action");
        }
        defaultAction = action;
    }

    private void include(Token token, String path, boolean top) throws SyntaxError {
        if (path.isEmpty()) {
            throw TokenLine.error(token, "@include needs a file's path, such as ./common_jvm.policy");
        }
        if (!top) {
            throw TokenLine.error(token, "an included file cannot include another: policies nest one level deep");
        }
        String name = source.resolve(token.mark().file(), path);
        if (!files.add(name)) {
            throw TokenLine.error(token, name + " is already part of this policy");
        }
        try {
            parse(name, source.read(name), false);
        } catch (IOException e) {
            throw TokenLine.error(token, name + " cannot be read: " + why(e));
        }
    }

    private static String why(IOException e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return "no such file";
        }
        return e instanceof CharacterCodingException ? "it is not UTF-8 text" : String.valueOf(e.getMessage());
    }
}
