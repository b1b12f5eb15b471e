package crosvm.schema.load;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts environment variables into a value: {@code ${NAME}}, {@code ${NAME:-default}}; {@code $$} is a dollar sign. */
final class Interpolation {
    private final Map<String, String> environment;
    private final ProblemLog log;

    Interpolation(Map<String, String> environment, ProblemLog log) {
        this.environment = environment;
        this.log = log;
    }

    /** The value with its variables filled in, or null after a problem. */
    Tree.@Nullable Scalar apply(Tree.Scalar scalar, String path) {
        String text = scalar.text();
        if (text.indexOf('$') < 0) {
            return scalar;
        }
        StringBuilder result = new StringBuilder();
        StringBuilder names = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int dollar = text.indexOf('$', at);
            if (dollar < 0 || dollar == text.length() - 1) {
                result.append(text, at, text.length());
                break;
            }
            result.append(text, at, dollar);
            char next = text.charAt(dollar + 1);
            if (next == '$') {
                result.append('$');
                at = dollar + 2;
            } else if (next != '{') {
                result.append('$');
                at = dollar + 1;
            } else {
                int end = text.indexOf('}', dollar);
                String value =
                        end < 0 ? bad(scalar, path, text.substring(dollar)) : variable(scalar, path, dollar, end);
                if (value == null) {
                    return null;
                }
                names.append(names.isEmpty() ? "$" : ", $").append(nameIn(text.substring(dollar + 2, end)));
                result.append(value);
                at = end + 1;
            }
        }
        Origin origin = scalar.origin();
        if (!names.isEmpty() && origin.kind() == Origin.Kind.FILE) {
            String source =
                    names + " (" + origin.source() + ":" + origin.position().line() + ")";
            origin = new Origin(Origin.Kind.ENVIRONMENT, source, origin.position());
        }
        return new Tree.Scalar(result.toString(), scalar.plain(), origin);
    }

    private @Nullable String variable(Tree.Scalar scalar, String path, int dollar, int end) {
        String inside = scalar.text().substring(dollar + 2, end);
        String name = nameIn(inside);
        String rest = inside.substring(name.length());
        if (name.isEmpty() || Character.isDigit(name.charAt(0)) || !rest.isEmpty() && !rest.startsWith(":-")) {
            return bad(scalar, path, "${" + inside + "}");
        }
        String value = environment.get(name);
        if (!rest.isEmpty()) {
            return value == null || value.isEmpty() ? rest.substring(2) : value;
        }
        if (value == null) {
            log.add(
                    FieldRule.UNSET_VARIABLE,
                    piece(scalar, dollar, end + 1),
                    path,
                    "the variable " + name + " is not set and has no default",
                    "write ${" + name + ":-default}, or set it");
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
                "\"" + piece + "\" is no variable",
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
