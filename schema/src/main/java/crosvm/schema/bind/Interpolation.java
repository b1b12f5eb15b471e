package crosvm.schema.bind;

import crosvm.schema.model.FieldType;
import crosvm.schema.model.FilledText;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts environment variables into a value: {@code ${NAME}}, {@code ${NAME:-default}}, the default with variables of its own;
 * {@code $$} is a dollar sign. Used by one thread.
 */
public final class Interpolation {
    /** How deep defaults may stand in defaults. */
    private static final int MAX_DEPTH = 8;

    private final Variables variables;
    private final ProblemLog log;

    /**
     * Fills in these variables; problems go into the log. Where the environment is unknown, a value with a variable that has no
     * default is not known either, and that is not a problem.
     */
    public Interpolation(Variables variables, ProblemLog log) {
        this.variables = variables;
        this.log = log;
    }

    /**
     * A value that is filled in.
     *
     * @param scalar the value
     * @param text the same, with what it was before
     */
    record Filled(Tree.Scalar scalar, FilledText text) {
        /** What was read from the value, for a field of that type; null stays null. */
        @Nullable Object as(FieldType.Scalar type, @Nullable Object read) {
            return read != null && type.javaType() == FilledText.class ? text : read;
        }
    }

    /** What was used for a value. */
    private static final class Used {
        private final List<String> sources = new ArrayList<>();
        private final Map<String, String> variables = new LinkedHashMap<>();
        private final StringBuilder written = new StringBuilder();
    }

    /** Where files are that came with the spec. */
    public CarriedRoot carried() {
        return variables.carried();
    }

    /** The value with its variables filled in, or null after a problem. */
    public Tree.@Nullable Scalar apply(Tree.Scalar scalar, String path) {
        Filled filled = fill(scalar, path);
        return filled == null ? null : filled.scalar();
    }

    /** The same, with what is to be shown of it. */
    @Nullable Filled fill(Tree.Scalar scalar, String path) {
        if (scalar.text().indexOf('$') < 0) {
            return new Filled(scalar, FilledText.of(scalar.text()));
        }
        Used used = new Used();
        String result = expand(scalar, path, 0, scalar.text().length(), 0, used);
        if (result == null) {
            return null;
        }
        Origin origin = scalar.origin();
        if (!used.sources.isEmpty() && origin.kind() == Origin.Kind.FILE) {
            String source = "$" + String.join(", $", used.sources) + " (" + origin.source() + ":"
                    + origin.position().line() + ")";
            origin = new Origin(Origin.Kind.ENVIRONMENT, source, origin.position(), origin.file());
        }
        return new Filled(
                new Tree.Scalar(result, scalar.plain(), origin),
                new FilledText(result, used.written.toString(), used.variables));
    }

    /**
     * A piece of the value with its variables filled in, or null after a problem; goes on after the first.
     *
     * @param used collects the variables that the environment gave, and the value as it is without them
     */
    private @Nullable String expand(Tree.Scalar scalar, String path, int from, int to, int depth, Used used) {
        String text = scalar.text();
        StringBuilder result = new StringBuilder();
        boolean sound = true;
        int at = from;
        while (at < to) {
            char next = at + 1 < to ? text.charAt(at + 1) : ' ';
            if (text.charAt(at) != '$' || next != '$' && next != '{') {
                result.append(text.charAt(at));
                used.written.append(text.charAt(at) == '$' ? "$$" : text.charAt(at));
                at++;
            } else if (next == '$') {
                result.append('$');
                used.written.append("$$");
                at += 2;
            } else {
                int end = closing(text, at, to);
                String value = end < 0 || depth == MAX_DEPTH
                        ? bad(scalar, path, text.substring(at, end < 0 ? to : end + 1))
                        : variable(scalar, path, at, end, depth, used);
                sound &= value != null;
                result.append(value);
                at = end < 0 ? to : end + 1;
            }
        }
        return sound ? result.toString() : null;
    }

    /** Where the brace at {@code dollar + 1} is closed, or -1. */
    private static int closing(String text, int dollar, int to) {
        int open = 0;
        for (int i = dollar; i < to; i++) {
            if (text.startsWith("${", i)) {
                open++;
            } else if (text.charAt(i) == '}' && --open == 0) {
                return i;
            }
        }
        return -1;
    }

    private @Nullable String variable(Tree.Scalar scalar, String path, int dollar, int end, int depth, Used used) {
        String inside = scalar.text().substring(dollar + 2, end);
        String name = nameIn(inside);
        String rest = inside.substring(name.length());
        if (name.isEmpty() || Character.isDigit(name.charAt(0)) || !rest.isEmpty() && !rest.startsWith(":-")) {
            return bad(scalar, path, "${" + inside + "}");
        }
        String value = variables.value(name);
        if (!rest.isEmpty() && (value == null || value.isEmpty())) {
            return expand(scalar, path, dollar + 2 + name.length() + 2, end, depth + 1, used);
        }
        if (value == null && variables.isUnknown()) {
            return null;
        }
        if (value == null) {
            log.add(
                    FieldRule.UNSET_VARIABLE,
                    piece(scalar, dollar, end + 1),
                    path,
                    "the variable " + name + " is not set and has no default",
                    "write ${" + name + ":-default}, or set it");
            return null;
        }
        String source = variables.source(name);
        if (source.isEmpty()) {
            used.written.append(value.replace("$", "$$"));
        } else {
            used.written.append("${").append(name).append('}');
            used.variables.put(name, value);
            if (!used.sources.contains(source)) {
                used.sources.add(source);
            }
        }
        return value;
    }

    private static String nameIn(String inside) {
        int end = 0;
        while (end < inside.length()
                && (inside.charAt(end) == '_'
                        || inside.charAt(end) < 128 && Character.isLetterOrDigit(inside.charAt(end)))) {
            end++;
        }
        return inside.substring(0, end);
    }

    private @Nullable String bad(Tree.Scalar scalar, String path, String piece) {
        log.add(
                FieldRule.BAD_VARIABLE,
                scalar.origin(),
                path,
                "\"" + piece + "\" is not a variable",
                "write ${NAME} or ${NAME:-default}; $$ is a dollar sign");
        return null;
    }

    /** The place of a piece of the value, when the value stands on one line just as it reads. */
    private static Origin piece(Tree.Scalar scalar, int from, int to) {
        Origin origin = scalar.origin();
        Position p = origin.position();
        int quote = scalar.plain() ? 0 : 1;
        if (p.endColumn() - p.column()
                != scalar.text().codePointCount(0, scalar.text().length()) + 2 * quote) {
            return origin;
        }
        int start = p.column() + quote + scalar.text().codePointCount(0, from);
        int length = scalar.text().codePointCount(from, to);
        return new Origin(origin.kind(), origin.source(), new Position(p.line(), start, start + length));
    }
}
