package crosvm.runner.convert;

import crosvm.runner.convert.Converter.Unreadable;
import crosvm.schema.problem.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The words of the first command of a script that starts a machine: sh(1)'s quotes, lines that a backslash continues, comments.
 * Variables are left as they are. Used by one thread.
 */
final class CommandWords {
    /** What may stand before the program: a prompt, variables, programs that start programs. */
    private static final Pattern BEFORE = Pattern.compile("[$#]|[A-Za-z_][A-Za-z0-9_]*=.*|sudo|exec|env|time|nohup|-E");

    private static final Pattern PROGRAM = Pattern.compile("(.*/)?(qemu-system-\\w+|qemu-kvm|kvm|qemu|crosvm)");

    private final String text;
    private int at;
    private int line = 1;
    private int column = 1;

    private CommandWords(String text) {
        this.text = text;
    }

    /** The program and its arguments, each a node with its text. */
    static Node read(String text) throws Unreadable {
        if (text.stripLeading().matches("(?s)[<{].*")) {
            throw new Unreadable("is not a script");
        }
        CommandWords words = new CommandWords(text.replace("\r\n", "\n"));
        while (words.at < words.text.length()) {
            List<Node> command = new ArrayList<>(words.command());
            while (!command.isEmpty() && BEFORE.matcher(command.get(0).text()).matches()) {
                command.remove(0);
            }
            if (!command.isEmpty() && PROGRAM.matcher(command.get(0).text()).matches()) {
                Node root = new Node("", null, new Position(1, 1, 1));
                command.forEach(word -> root.add(new Node(word.name(), word.text(), word.position())));
                return root;
            }
        }
        throw new Unreadable("has no command that starts a machine");
    }

    /** Up to the end of the line, or to what ends a command. */
    private List<Node> command() {
        List<Node> command = new ArrayList<>();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' || c == '>') {
                skip();
                return command;
            } else if (c == '#' && (at == 0 || Character.isWhitespace(text.charAt(at - 1))) && !command.isEmpty()) {
                while (at < text.length() && text.charAt(at) != '\n') {
                    skip();
                }
            } else if (c == '\\' && text.startsWith("\n", at + 1)) {
                skip();
                skip();
            } else if (Character.isWhitespace(c)) {
                skip();
            } else {
                command.add(word());
            }
        }
        return command;
    }

    private Node word() {
        Position start = new Position(line, column, column + 1);
        StringBuilder word = new StringBuilder();
        char quote = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (quote == 0 && (Character.isWhitespace(c) || ";&|<>".indexOf(c) >= 0)) {
                break;
            }
            if (c == '\\' && quote != '\'' && at + 1 < text.length()) {
                skip();
                if (text.charAt(at) != '\n') {
                    word.append(text.charAt(at));
                } else if (quote == 0) {
                    skip();
                    break;
                }
            } else if (quote == 0 && (c == '"' || c == '\'') || c == quote) {
                quote = c == quote ? 0 : c;
            } else {
                word.append(c);
            }
            skip();
        }
        return new Node("word", word.toString(), start);
    }

    private void skip() {
        boolean end = text.charAt(at++) == '\n';
        line += end ? 1 : 0;
        column = end ? 1 : column + 1;
    }

    /** Whether the program of a command is one of these, by the last part of its path. */
    static boolean isProgram(Node root, String regex) {
        Node first = root.children().isEmpty() ? null : root.children().get(0);
        return first != null && name(first).matches(regex);
    }

    private static String name(Node program) {
        String text = program.text();
        return text.substring(text.lastIndexOf('/') + 1);
    }

    /** The word after this one, or null. */
    static @Nullable Node after(Node root, int index) {
        return index + 1 < root.children().size() ? root.children().get(index + 1) : null;
    }
}
