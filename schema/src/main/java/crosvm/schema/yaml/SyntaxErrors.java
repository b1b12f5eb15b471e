package crosvm.schema.yaml;

import crosvm.schema.problem.HiddenCharacters;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** What SnakeYAML says about a file that is not YAML, in words for the people who wrote the file. */
final class SyntaxErrors {
    private static final String TAB = "\\t(TAB)";

    private final SourceText source;
    private final ProblemLog log;

    SyntaxErrors(SourceText source, ProblemLog log) {
        this.source = source;
        this.log = log;
    }

    /** Tells of the one mistake after which nothing more can be understood. */
    void add(MarkedYAMLException e) {
        Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
        String problem = String.valueOf(e.getProblem());
        if (problem.contains(TAB) || mark != null && atTab(mark)) {
            log.add(YamlRule.TAB, at(mark), "", "a tab stands where YAML wants blanks", "write blanks instead");
            return;
        }
        String context = e.getContext() == null ? "" : e.getContext();
        Mark start = e.getContextMark();
        String blank = oddBlank(mark, start);
        if (context.contains("quoted scalar") && problem.contains("end of stream")) {
            syntax(start, "the quotes that open here are never closed", "");
        } else if (problem.startsWith("could not find expected ':'")) {
            syntax(start, "there is no \": \" after this key", either(blank, "write KEY: VALUE"));
        } else if (problem.startsWith("mapping values are not allowed")) {
            String hint =
                    "check how far the line is indented, and the line above; a value with \": \" in it needs quotes";
            syntax(mark, "no key can stand here", either(blank, hint));
        } else if (context.startsWith("while parsing a flow") && problem.startsWith("expected ','")) {
            String closing = problem.contains("']'") ? "]" : "}";
            syntax(mark, "expected , or " + closing + " here", either(blank, inBrackets(mark, start)));
        } else if (problem.startsWith("expected <block end>")) {
            String hint = "indent all of them alike; those of the same block start" + place(start);
            syntax(mark, "this does not fit the lines above it", either(blank, hint));
        } else if (problem.contains("that cannot start any token")) {
            syntax(mark, "no value can start with this character", either(blank, "write the value in quotes"));
        } else if (problem.contains("unknown escape character")) {
            syntax(
                    mark,
                    "there is no such escape in double quotes",
                    "write \\\\ for one backslash, or use single quotes");
        } else if (problem.startsWith("found undefined alias")) {
            String name = problem.substring(problem.lastIndexOf(' ') + 1);
            syntax(mark, "there is no anchor &" + name + " above for this alias", "");
        } else {
            syntax(mark, problem + (context.isEmpty() ? "" : " (" + context + ")"), blank);
        }
    }

    private void syntax(@Nullable Mark mark, String message, String hint) {
        log.add(YamlRule.SYNTAX, at(mark), "", "not YAML: " + message, hint);
    }

    private String inBrackets(@Nullable Mark mark, @Nullable Mark start) {
        if (mark != null && mark.getColumn() > 0 && source.at(mark.getLine() + 1, mark.getColumn()) == '$') {
            return "between brackets write a value with ${…} in quotes";
        }
        return start == null ? "" : "the bracket that opens" + place(start) + " is not closed yet; is a comma missing?";
    }

    private static String either(String first, String second) {
        return first.isEmpty() ? second : first;
    }

    private static String place(@Nullable Mark mark) {
        return mark == null ? "" : " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
    }

    private Origin at(@Nullable Mark mark) {
        Position position = mark == null
                ? Position.FILE
                : new Position(mark.getLine() + 1, mark.getColumn() + 1, mark.getColumn() + 2);
        return new Origin(Origin.Kind.FILE, source.name(), position);
    }

    /** A blank that looks like one and is none, near these marks: copied from a web page, it breaks the file. */
    private String oddBlank(@Nullable Mark mark, @Nullable Mark start) {
        if (mark == null) {
            return "";
        }
        int first = start == null ? mark.getLine() : Math.min(start.getLine() + 1, mark.getLine());
        for (int number = first; number <= mark.getLine() + 1; number++) {
            int[] line = source.line(number).codePoints().toArray();
            for (int i = 0; i < line.length; i++) {
                if (line[i] != '\t' && HiddenCharacters.hidden(line[i])) {
                    return String.format(
                            "the character U+%04X at line %d, column %d looks like a blank or like nothing: take it out",
                            line[i], number, i + 1);
                }
            }
        }
        return "";
    }

    private boolean atTab(Mark mark) {
        String line = source.line(mark.getLine() + 1);
        int column = mark.getColumn();
        return column < line.length()
                && line.substring(0, column + 1).isBlank()
                && line.indexOf('\t') >= 0
                && line.indexOf('\t') <= column;
    }
}
