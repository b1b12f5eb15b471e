package crosvm.schema.yaml;

import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * YAML text to a {@link Tree}. Only SnakeYAML's composer is used: no Java object is ever made from what a file says, and values
 * keep the text and quotes they were written with. Used by one thread.
 */
public final class YamlReader {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ALIASES = 200;
    /** How many values all aliases together may stand for. */
    private static final int MAX_ALIASED_VALUES = 10_000;

    private final SourceText source;
    private final ProblemLog log;
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private int aliased;

    private YamlReader(SourceText source, ProblemLog log) {
        this.source = source;
        this.log = log;
    }

    /** The first document of the text, or null after a problem that leaves nothing to look at. */
    public static @Nullable Tree read(SourceText source, ProblemLog log) {
        return new YamlReader(source, log).document();
    }

    private @Nullable Tree document() {
        try {
            LoaderOptions options = new LoaderOptions();
            options.setNestingDepthLimit(MAX_DEPTH);
            options.setMaxAliasesForCollections(MAX_ALIASES);
            options.setCodePointLimit(Integer.MAX_VALUE);
            // No object is made from a tag here; each is refused with its place.
            options.setTagInspector(tag -> true);
            int separator = source.text()
                    .codePoints()
                    .filter(YamlReader::breaksLines)
                    .findFirst()
                    .orElse(-1);
            if (separator >= 0) {
                lineSeparator(separator);
                return null;
            }
            Composer composer = new Composer(
                    new ParserImpl(new StreamReader(source.text()), options), new PlainResolver(), options);
            if (!composer.checkNode()) {
                log.add(
                        YamlRule.EMPTY,
                        at(Position.FILE),
                        "",
                        "there is nothing in this file",
                        "start with: crosvm init");
                return null;
            }
            Tree tree = convert(composer.getNode());
            if (composer.checkNode()) {
                Node second = composer.getNode();
                log.add(
                        YamlRule.SEVERAL_DOCUMENTS,
                        origin(second.getStartMark(), second.getEndMark()),
                        "",
                        "a second YAML document starts here; a file is one machine",
                        "put each machine into a file of its own");
            }
            return tree;
        } catch (MarkedYAMLException e) {
            new SyntaxErrors(source, log).add(e);
        } catch (ReaderException e) {
            boolean binary = source.text().indexOf(0) >= 0;
            log.add(
                    YamlRule.CONTROL_CHARACTER,
                    at(positionOf(e.getPosition())),
                    "",
                    String.format("the character U+%04X is not allowed in YAML", e.getCodePoint()),
                    binary ? "this is no text in UTF-8: it may be UTF-16, or some other file" : "");
        } catch (YAMLException e) {
            limit(e);
        } catch (TooMuch e) {
            log.add(
                    YamlRule.ALIAS_BOMB,
                    e.origin,
                    "",
                    "aliases stand for more than " + MAX_ALIASED_VALUES + " values here");
        }
        return null;
    }

    /** What YAML 1.1 takes for the end of a line and YAML 1.2 and editors do not, so that they see different lines. */
    private static boolean breaksLines(int c) {
        return c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    private void lineSeparator(int c) {
        int at = source.text().codePointCount(0, source.text().indexOf(c));
        log.add(
                YamlRule.CONTROL_CHARACTER,
                at(positionOf(at)),
                "",
                String.format("the character U+%04X ends a line in YAML 1.1 and not in YAML 1.2", c),
                "take it out, or in double quotes write it as " + String.format("\\u%04X", c));
    }

    private void limit(YAMLException e) {
        String message = String.valueOf(e.getMessage());
        if (message.startsWith("Nesting")) {
            Position place = Depth.exceeded(source.text(), MAX_DEPTH);
            log.add(YamlRule.TOO_DEEP, at(place), "", "nested more than " + MAX_DEPTH + " deep");
        } else if (message.contains("aliases")) {
            log.add(YamlRule.ALIAS_BOMB, at(Position.FILE), "", "more than " + MAX_ALIASES + " aliases");
        } else {
            log.add(YamlRule.SYNTAX, at(Position.FILE), "", message);
        }
    }

    private Tree convert(Node node) {
        if (seen.contains(node)) {
            aliased++;
            if (aliased > MAX_ALIASED_VALUES) {
                throw new TooMuch(origin(node.getStartMark(), node.getEndMark()));
            }
        }
        Origin origin = origin(node.getStartMark(), node.getEndMark());
        if (!open.add(node)) {
            log.add(YamlRule.RECURSIVE_ALIAS, origin, "", "an alias to this anchor stands inside it");
            return new Tree.Scalar("", true, origin);
        }
        checkTag(node, origin);
        Tree tree;
        if (node instanceof MappingNode mapping) {
            tree = new Tree.Mapping(entries(mapping), origin);
        } else if (node instanceof SequenceNode sequence) {
            List<Tree> items = new ArrayList<>(sequence.getValue().size());
            for (Node item : sequence.getValue()) {
                items.add(convert(item));
            }
            tree = new Tree.Sequence(List.copyOf(items), origin);
        } else {
            ScalarNode scalar = (ScalarNode) node;
            boolean plain = scalar.getScalarStyle() == DumperOptions.ScalarStyle.PLAIN;
            tree = new Tree.Scalar(scalar.getValue(), plain, origin);
        }
        open.remove(node);
        seen.add(node);
        return tree;
    }

    private void checkTag(Node node, Origin origin) {
        Tag tag = node.getTag();
        boolean known = tag.equals(Tag.STR) || tag.equals(Tag.MAP) || tag.equals(Tag.SEQ);
        // A tag that says what is so anyway leaves no trace but in the text.
        if (!known
                || source.at(
                                node.getStartMark().getLine() + 1,
                                node.getStartMark().getColumn() + 1)
                        == '!') {
            String name = tag.getValue().replace(Tag.PREFIX, "!!");
            log.add(YamlRule.TAG, origin, "", "the tag " + name + " is not allowed", "leave the tag out");
        }
    }

    private List<Tree.Entry> entries(MappingNode mapping) {
        Map<String, Tree.Entry> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node keyNode = tuple.getKeyNode();
            Origin keyOrigin = origin(keyNode.getStartMark(), keyNode.getEndMark());
            if (!(keyNode instanceof ScalarNode scalar) || scalar.getValue().isEmpty()) {
                log.add(YamlRule.KEY_TYPE, keyOrigin, "", "a key must be a word");
                continue;
            }
            String key = scalar.getValue();
            Tree value = convert(tuple.getValueNode());
            if (key.equals("<<") && scalar.getScalarStyle() == DumperOptions.ScalarStyle.PLAIN) {
                log.add(YamlRule.MERGE_KEY, keyOrigin, "", "the merge key << is not known", "write the fields out");
                continue;
            }
            Tree.Entry before = entries.putIfAbsent(key, new Tree.Entry(key, keyOrigin, value));
            if (before != null) {
                Position first = before.keyOrigin().position();
                log.add(
                        YamlRule.DUPLICATE_KEY,
                        keyOrigin,
                        "",
                        "duplicate key \"" + key + "\", previously defined at line " + first.line() + ", column "
                                + first.column());
            }
        }
        return List.copyOf(entries.values());
    }

    private Origin origin(Mark start, Mark end) {
        int line = start.getLine() + 1;
        int column = start.getColumn() + 1;
        int endColumn = column + 1;
        if (end.getLine() == start.getLine()) {
            endColumn = Math.max(column + 1, end.getColumn() + 1);
        }
        return at(new Position(line, column, endColumn));
    }

    private Position positionOf(int codePoint) {
        int line = 1;
        int column = 1;
        String text = source.text();
        int at = 0;
        for (int n = 0; n < codePoint && at < text.length(); n++) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            column++;
            if (c == '\n') {
                line++;
                column = 1;
            }
        }
        return new Position(line, column, column + 1);
    }

    private Origin at(Position position) {
        return new Origin(Origin.Kind.FILE, source.name(), position);
    }

    /** Leaves every plain value a text: what it means is the field's decision. */
    private static final class PlainResolver extends Resolver {
        @Override
        protected void addImplicitResolvers() {}
    }

    private static final class TooMuch extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Origin origin;

        TooMuch(Origin origin) {
            super(null, null, false, false);
            this.origin = origin;
        }
    }
}
