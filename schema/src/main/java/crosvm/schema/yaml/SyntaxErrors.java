package crosvm.schema.yaml;

import crosvm.schema.problem.HiddenCharacters;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/**
 * What the parser says about a file that is not YAML, at its cause and in words for the people who wrote the file; the parser's
 * own are for those who wrote the parser.
 */
final class SyntaxErrors {
    private static final String TAB = "\\t(TAB)";
    private static final String QUOTES = "write the value in quotes";

    private final SourceText source;
    private final ProblemLog log;

    SyntaxErrors(SourceText source, ProblemLog log) {
        this.source = source;
        this.log = log;
    }

    /** Tells of the one mistake after which nothing more can be understood. */
    void add(MarkedYamlEngineException e) {
        String problem = String.valueOf(e.getProblem());
        String context = e.getContext() == null ? "" : e.getContext();
        Position start = e.getContextMark().map(Marks::position).orElse(null);
        Position at = e.getProblemMark().map(Marks::position).orElse(start == null ? Position.FILE : start);
        int tab = tab(problem, at);
        if (tab > 0) {
            Position place = tab == at.line() ? at : new Position(tab, 1, 2);
            log.add(YamlRule.TAB, at(place), "", "a tab stands where YAML wants blanks", "write blanks instead");
            return;
        }
        for (int line = at.line(); line >= at.line() - 1; line--) {
            if (source.line(line).stripLeading().startsWith("//")) {
                syntax(first(line), "// does not start a comment", "comments start with #");
                return;
            }
        }
        int character = source.at(at.line(), at.column());
        if (character == '%' && before(at).endsWith("{")) {
            log.add(
                    YamlRule.TEMPLATE,
                    at(new Position(at.line(), at.column() - 1, at.endColumn())),
                    "",
                    "{% … %} was not filled in: this is a template",
                    "let its tool write the file first; crosvm fills in ${NAME} only");
            return;
        }
        String blank = oddBlank(at, start);
        if (context.contains("quoted scalar") && !problem.contains("escape") && start != null) {
            syntax(start, "the quotes that open here are never closed", "");
        } else if (context.startsWith("while parsing a flow") && start != null) {
            inBrackets(start, at, blank);
        } else if (character == ']' || character == '}') {
            syntax(at, "this " + (char) character + " closes no bracket", "take it out, or open one before it");
        } else if (!context.isEmpty() && scanning(context, problem, at, start)) {
            return;
        } else {
            inBlocks(problem, at, start, blank);
        }
    }

    /** Mistakes within one token. */
    private boolean scanning(String context, String problem, Position at, @Nullable Position start) {
        if (problem.contains("escape") || problem.contains("hexadecimal")) {
            syntax(
                    at,
                    "there is no such escape in double quotes",
                    "write \\\\ for one backslash, or use single quotes");
        } else if (context.endsWith("an alias") || context.endsWith("an anchor")) {
            boolean alias = context.endsWith("an alias");
            syntax(
                    start == null ? at : start,
                    (alias ? "* refers to an anchor" : "& names an anchor") + " and needs a name behind it",
                    "a text that starts with " + (alias ? "*" : "&") + " needs quotes");
        } else if (context.endsWith("a tag")) {
            syntax(start == null ? at : start, "! starts a tag, and no tag can be read here", QUOTES);
        } else if (context.endsWith("directive")) {
            syntax(start == null ? at : start, "a line that starts with % is a directive of YAML", QUOTES);
        } else if (context.endsWith("a block scalar") && start != null && at.line() > start.line()) {
            syntax(at, "this text is indented less than the blank lines above it", "indent it as far, or shorten them");
        } else if (context.endsWith("a block scalar")) {
            syntax(
                    at,
                    "behind | or > only a digit, + or - can stand",
                    "the text starts on the next line, indented further than its key");
        } else {
            return false;
        }
        return true;
    }

    /** Mistakes between tokens, outside of brackets. */
    private void inBlocks(String problem, Position at, @Nullable Position start, String blank) {
        if (problem.startsWith("could not find expected ':'")) {
            Position key = start == null ? at : start;
            syntax(key, "there is no \": \" after this key", either(blank, "write KEY: VALUE"));
        } else if (problem.startsWith("mapping values are not allowed") && isText(at.line() - 1)) {
            syntax(first(at.line() - 1), "there is no \": \" on this line", either(blank, "write KEY: VALUE"));
        } else if (problem.startsWith("mapping values are not allowed")) {
            String hint =
                    "check how far the line is indented, and the line above; a value with \": \" in it needs quotes";
            syntax(at, "no key can stand here", either(blank, hint));
        } else if (problem.startsWith("sequence entries are not allowed")) {
            syntax(at, "no list item can start here", either(blank, "write each \"- \" on a line of its own"));
        } else if (problem.startsWith("expected <block end>") && source.at(at.line(), at.column()) == ':') {
            syntax(at, "a key is missing before this :", either(blank, "write KEY: VALUE"));
        } else if (problem.startsWith("expected <block end>")
                && !before(at).isBlank()
                && !before(at).endsWith("- ")) {
            syntax(at, "nothing can follow the value that ends before this", either(blank, "a comment starts with #"));
        } else if (problem.startsWith("expected <block end>")) {
            String hint = "indent all of them alike; those of the same block start" + place(start);
            syntax(at, "this does not fit the lines above it", either(blank, hint));
        } else if (problem.contains("that cannot start any token")) {
            syntax(at, "no value can start with this character", either(blank, QUOTES));
        } else if (problem.contains("<document start>")) {
            syntax(at, "nothing can follow the value that ends above", either(blank, "write KEY: VALUE on each line"));
        } else {
            syntax(at, "this cannot stand here", either(blank, "check the brackets, the quotes and the indentation"));
        }
    }

    /** Mistakes inside of brackets; {@code start} is the innermost that is open, or the value in it that is wrong. */
    private void inBrackets(Position start, Position at, String blank) {
        int open = source.at(start.line(), start.column());
        int character = source.at(at.line(), at.column());
        if (open != '[' && open != '{') {
            int unclosed = character < 0 && at.line() >= source.lines() ? Brackets.open(source.text()) : -1;
            if (unclosed >= 0) {
                inBrackets(source.position(unclosed), at, blank);
                return;
            }
            String message =
                    character == ':' ? "no value can start with : between brackets" : "a value is missing here";
            syntax(at, message, either(blank, QUOTES));
            return;
        }
        Brackets.Closing closing = Brackets.of(source.text(), source.offset(start.line(), start.column()));
        char wanted = Brackets.closing(open);
        if (closing.offset() < 0) {
            syntax(
                    start,
                    "the " + (char) open + " that opens here is never closed",
                    dollar(at, "write " + wanted + " where it ends"));
        } else if (!closing.fits()) {
            Position wrong = source.position(closing.offset());
            char found = source.text().charAt(closing.offset());
            syntax(wrong, "this " + found + " does not close the " + (char) open + place(start), "write " + wanted);
        } else if (character == ':' && before(at).isBlank()) {
            syntax(at, "this : is not on the line of its key", either(blank, "write KEY: VALUE on one line"));
        } else if (character == ',') {
            syntax(at, "a value is missing before this ,", either(blank, "take the , out, or write a value"));
        } else {
            String comma = "the " + (char) open + place(start) + " is not closed yet; is a comma missing?";
            syntax(at, "expected , or " + wanted + " here", either(blank, dollar(at, comma)));
        }
    }

    /** What stands on the line before this place. */
    private String before(Position at) {
        return source.piece(new Position(at.line(), 1, at.column()));
    }

    /** Whether the line has neither a key nor a comment, so that the next one was read as going on with it. */
    private boolean isText(int number) {
        String line = source.line(number).strip();
        return !line.isEmpty() && line.indexOf(':') < 0 && !line.startsWith("#") && !line.startsWith("-");
    }

    /** The first character of a line that is not a blank. */
    private Position first(int number) {
        String line = source.line(number);
        int column = line.length() - line.stripLeading().length() + 1;
        return new Position(number, column, column + 1);
    }

    private String dollar(Position at, String other) {
        return source.at(at.line(), at.column() - 1) == '$'
                ? "between brackets write a value with ${…} in quotes"
                : other;
    }

    private void syntax(Position at, String message, String hint) {
        log.add(YamlRule.SYNTAX, at(at), "", "not YAML: " + message, hint);
    }

    private static String either(String first, String second) {
        return first.isEmpty() ? second : first;
    }

    private static String place(@Nullable Position position) {
        return position == null ? "" : " at line " + position.line() + ", column " + position.column();
    }

    private Origin at(Position position) {
        return new Origin(Origin.Kind.FILE, source.name(), position);
    }

    /** A blank that looks like one and is none, near these places: copied from a web page, it breaks the file. */
    private String oddBlank(Position at, @Nullable Position start) {
        int first = start == null ? at.line() - 1 : Math.min(start.line(), at.line() - 1);
        for (int number = Math.max(first, at.line() - 100); number <= at.line(); number++) {
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

    /** The line of the tab that is the cause: this one, or the one above that was read on with; or 0. */
    private int tab(String problem, Position at) {
        if (problem.contains(TAB) || indentedByTab(at.line(), at.column())) {
            return at.line();
        }
        return problem.startsWith("expected <block end>") && indentedByTab(at.line() - 1, Integer.MAX_VALUE)
                ? at.line() - 1
                : 0;
    }

    /** Whether a tab stands in the blanks that the line starts with, up to this column. */
    private boolean indentedByTab(int number, int column) {
        String line = source.line(number);
        int blanks = line.length() - line.stripLeading().length();
        int tab = line.indexOf('\t');
        return tab >= 0 && tab < blanks && tab < column && (column == Integer.MAX_VALUE || column <= blanks + 1);
    }
}
