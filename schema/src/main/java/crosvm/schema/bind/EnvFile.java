package crosvm.schema.bind;

import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file of variables, as many tools read {@code .env}: {@code NAME=VALUE} on each line, {@code export} before it is passed over, {@code
 * #} starts a comment at the start of a line or behind a blank. A value in single quotes stands as it is; in double quotes {@code \n},
 * {@code \"} and {@code \\} stand for what they do elsewhere. A dollar sign means nothing.
 */
public final class EnvFile {
    private static final Pattern LINE = Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*)");
    private static final Pattern COMMENT = Pattern.compile("(^|\\s)#.*");

    private EnvFile() {}

    /**
     * The variables of a text; a line that cannot be read is a problem, which does not show the line: it may be a secret. Of two lines
     * with one name the later counts.
     */
    public static Map<String, String> read(SourceText text, ProblemLog log) {
        Map<String, String> variables = new LinkedHashMap<>();
        log.include(new SourceText(text.name(), ""));
        for (int number = 1; number <= text.lines(); number++) {
            String line = text.line(number);
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            String value = matcher.matches() ? value(matcher.group(2)) : null;
            if (value == null) {
                Position whole = new Position(number, 1, 1 + line.codePointCount(0, line.length()));
                log.add(
                        FieldRule.ENV_FILE,
                        new Origin(Origin.Kind.FILE, text.name(), whole),
                        "",
                        "cannot be read",
                        "write NAME=VALUE, or NAME=\"VALUE\"");
            } else {
                variables.put(matcher.group(1), value);
            }
        }
        return variables;
    }

    /** Null when its quotes are not closed, or something follows them. */
    private static @Nullable String value(String written) {
        char quote = written.isEmpty() ? ' ' : written.charAt(0);
        if (quote != '"' && quote != '\'') {
            return COMMENT.matcher(written).replaceFirst("").strip();
        }
        StringBuilder out = new StringBuilder();
        for (int i = 1; i < written.length(); i++) {
            char c = written.charAt(i);
            if (c == quote) {
                String rest = written.substring(i + 1).strip();
                return rest.isEmpty() || rest.startsWith("#") ? out.toString() : null;
            }
            if (c == '\\' && quote == '"' && i + 1 < written.length()) {
                char next = written.charAt(++i);
                out.append(next == 'n' ? '\n' : next == 't' ? '\t' : next);
            } else {
                out.append(c);
            }
        }
        return null;
    }
}
