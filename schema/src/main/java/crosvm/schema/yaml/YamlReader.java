package crosvm.schema.yaml;

import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * YAML 1.2 text to a {@link Tree}. Only SnakeYAML Engine's parser is used: no Java object is ever made from what a file says, and
 * values keep the text and quotes they were written with. Used by one thread.
 */
public final class YamlReader {
    private final SourceText source;
    private final ProblemLog log;

    private YamlReader(SourceText source, ProblemLog log) {
        this.source = source;
        this.log = log;
    }

    /** The first document of a file, or null after a problem that leaves nothing to look at: it may be another tool's file. */
    public static @Nullable Tree readFile(SourceText source, ProblemLog log) {
        YamlReader reader = new YamlReader(source, log);
        Tree tree = reader.document();
        String tool = tree == null ? "" : OtherFormat.ofTree(source.text(), tree);
        if (tree == null || tool.isEmpty()) {
            return tree;
        }
        Position at = tree.origin().position();
        reader.other(tool, tree instanceof Tree.Scalar ? new Position(at.line(), at.column(), at.column() + 1) : at);
        return null;
    }

    private void other(String format, Position at) {
        log.add(
                YamlRule.OTHER_FORMAT,
                at(at),
                "",
                "this looks like " + format + ", not like a spec of crosvm",
                "start with: crosvm init");
    }

    /** The first document of the text, or null after a problem that leaves nothing to look at. */
    public static @Nullable Tree read(SourceText source, ProblemLog log) {
        return new YamlReader(source, log).document();
    }

    private @Nullable Tree document() {
        String text = source.text();
        for (int i = 0; i < text.length(); i++) {
            if (breaksLines(text.charAt(i))) {
                lineSeparator(text.charAt(i));
                return null;
            }
        }
        try {
            LoadSettings settings = Settings.of(source.text().length());
            Parser events = new ParserImpl(settings, new StreamReader(settings, source.text()));
            events.next(); // the start of the stream
            if (events.checkEvent(Event.ID.StreamEnd)) {
                log.add(
                        YamlRule.EMPTY,
                        at(Position.FILE),
                        "",
                        "there is nothing in this file",
                        "start with: crosvm init");
                return null;
            }
            events.next(); // the start of the document
            Tree tree = new TreeBuilder(events, source, log).node();
            events.next(); // its end
            if (!events.checkEvent(Event.ID.StreamEnd)) {
                second(events);
            }
            return tree;
        } catch (TreeBuilder.Refused e) {
            return null;
        } catch (MarkedYamlEngineException e) {
            notYaml(e);
        } catch (ReaderException e) {
            boolean binary = source.text().indexOf(0) >= 0;
            log.add(
                    YamlRule.CONTROL_CHARACTER,
                    at(source.position(source.text().offsetByCodePoints(0, e.getPosition()))),
                    "",
                    String.format("the character U+%04X is not allowed in YAML", e.getCodePoint()),
                    binary ? "this is not text in UTF-8: it may be UTF-16, or some other file" : "");
        } catch (YamlEngineException e) {
            log.add(YamlRule.SYNTAX, at(Position.FILE), "", "not YAML, for a reason that the parser does not give");
        }
        return null;
    }

    private void notYaml(MarkedYamlEngineException e) {
        Pattern conflict = Pattern.compile("<{7} .*|={7}\\R|>{7} .*|\\|{7} .*");
        for (int line = 1; line <= source.lines(); line++) {
            int marker = source.offset(line, 1);
            if (conflict.matcher(source.text())
                    .region(marker, source.text().length())
                    .lookingAt()) {
                log.add(
                        YamlRule.MERGE_CONFLICT,
                        at(new Position(line, 1, 8)),
                        "",
                        "a merge conflict was not resolved here",
                        "keep one of the two versions, and take the marker lines out");
                return;
            }
        }
        String other = OtherFormat.ofText(source.text());
        if (other.isEmpty()) {
            new SyntaxErrors(source, log).add(e);
        } else {
            other(other, new Position(1, 1, 2));
        }
    }

    private void second(Parser events) {
        events.next(); // the start of the second document
        Position start = Marks.position(events.peekEvent().getStartMark().orElseThrow());
        log.add(
                YamlRule.SEVERAL_DOCUMENTS,
                at(start),
                "",
                "a second YAML document starts here; a file is one machine",
                "put each machine into a file of its own");
    }

    /** What YAML 1.1 takes for the end of a line and YAML 1.2 and editors do not, so that they see different lines. */
    private static boolean breaksLines(char c) {
        return c >= 0x85 && (c == 0x85 || c == 0x2028 || c == 0x2029);
    }

    private void lineSeparator(int c) {
        log.add(
                YamlRule.CONTROL_CHARACTER,
                at(source.position(source.text().indexOf(c))),
                "",
                String.format("the character U+%04X ends a line in YAML 1.1 and not in YAML 1.2", c),
                "take it out, or in double quotes write it as " + String.format("\\u%04X", c));
    }

    private Origin at(Position position) {
        return new Origin(Origin.Kind.FILE, source.name(), position);
    }
}
