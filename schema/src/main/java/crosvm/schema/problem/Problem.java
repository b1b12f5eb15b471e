package crosvm.schema.problem;

/**
 * One thing that is wrong with a spec.
 *
 * @param file the file's name as the user gave it, or the flag
 * @param position where in the file
 * @param severity how bad
 * @param rule which rule
 * @param message what is wrong, without position and rule
 * @param path the field, {@code disks[1].path}, or empty
 * @param hint what to do: allowed values, the nearest known key; or empty
 * @param sourceLine the line of the file, for the caret, or the piece of a long one around the problem, or empty
 * @param sourceColumn the column of the first character of {@code sourceLine}
 */
public record Problem(
        String file,
        Position position,
        Severity severity,
        Rule rule,
        String message,
        String path,
        String hint,
        String sourceLine,
        int sourceColumn)
        implements Comparable<Problem> {
    /** A problem without a line to show. */
    public Problem(
            String file, Position position, Severity severity, Rule rule, String message, String path, String hint) {
        this(file, position, severity, rule, message, path, hint, "", 1);
    }

    @Override
    public int compareTo(Problem other) {
        int order = file.compareTo(other.file);
        order = order != 0 ? order : position.compareTo(other.position);
        order = order != 0 ? order : severity.compareTo(other.severity);
        order = order != 0 ? order : rule.id().compareTo(other.rule.id());
        return order != 0 ? order : message.compareTo(other.message);
    }

    /** One line: {@code vm.yaml:14:11: error: disks[1].path: is empty [rule]}. */
    public String headline() {
        StringBuilder text = new StringBuilder(file);
        if (position.line() > 0) {
            text.append(':').append(position.line()).append(':').append(position.column());
        }
        text.append(": ").append(severity.word()).append(": ");
        if (!path.isEmpty()) {
            text.append(path).append(": ");
        }
        return text.append(message).append(" [").append(rule.id()).append(']').toString();
    }

    /** All there is to say: headline, source line with a caret below, hint. */
    public String describe() {
        StringBuilder text = new StringBuilder(headline());
        if (position.line() > 0 && !sourceLine.isEmpty()) {
            text.append(Excerpt.render(sourceLine, sourceColumn, position));
        }
        if (!hint.isEmpty()) {
            text.append("\n    ").append(hint);
        }
        return text.toString();
    }
}
