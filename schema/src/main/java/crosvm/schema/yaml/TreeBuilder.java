package crosvm.schema.yaml;

import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.parser.Parser;

/** One document's events to a {@link Tree}, each event looked at once. Used by one thread, for one document. */
final class TreeBuilder {
    private static final int MAX_DEPTH = 32;
    /** How many values all aliases together may stand for. */
    private static final int MAX_ALIASED_VALUES = 10_000;

    private static final String CURLY_QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u2039\u203a\u00ab\u00bb";

    private final Parser events;
    private final SourceText source;
    private final ProblemLog log;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private int depth;
    /** Whether the mapping that is being read has turned out to be a template's braces. */
    private boolean templates;

    private int aliased;
    /** The values built so far, those that aliases stand for included. */
    private int built;

    TreeBuilder(Parser events, SourceText source, ProblemLog log) {
        this.events = events;
        this.source = source;
        this.log = log;
    }

    /** What an anchor names, or null while that is not complete; and how many values it has. */
    private record Anchored(@Nullable Tree tree, int values) {}

    /** A limit is exceeded, or an alias stands for nothing: the rest of the document is not looked at. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private Refused() {
            super(null, null, false, false);
        }
    }

    /** The tree of the node that comes next. */
    Tree node() throws Refused {
        NodeEvent event = (NodeEvent) events.next();
        if (event instanceof AliasEvent alias) {
            return aliased(alias);
        }
        String anchor = event.getAnchor().isPresent() ? event.getAnchor().get().getValue() : "";
        int before = built++;
        if (!anchor.isEmpty()) {
            anchors.put(anchor, new Anchored(null, 0));
        }
        Tree tree = event instanceof ScalarEvent scalar ? scalar(scalar) : collection((CollectionStartEvent) event);
        Optional<String> tag =
                event instanceof ScalarEvent scalar ? scalar.getTag() : ((CollectionStartEvent) event).getTag();
        if (tag.isPresent()) {
            String name = tag.get().replace("tag:yaml.org,2002:", "!!");
            log.add(YamlRule.TAG, tree.origin(), "", "the tag " + name + " is not allowed", "leave the tag out");
            tree = new Tree.Refused(tree.origin());
        }
        if (!anchor.isEmpty()) {
            anchors.put(anchor, new Anchored(tree, built - before));
        }
        return tree;
    }

    private Tree aliased(AliasEvent alias) throws Refused {
        Origin origin = origin(alias.getStartMark(), alias.getEndMark());
        String name = alias.getAlias().getValue();
        Anchored anchored = anchors.get(name);
        if (anchored == null) {
            log.add(
                    YamlRule.SYNTAX,
                    origin,
                    "",
                    "not YAML: there is no anchor &" + name + " above for this alias",
                    "a text that starts with * needs quotes: \"*" + name + "\"");
            throw new Refused();
        }
        if (anchored.tree == null) {
            log.add(YamlRule.RECURSIVE_ALIAS, origin, "", "this alias stands inside its own anchor");
            return new Tree.Refused(origin);
        }
        aliased += anchored.values;
        built = Math.min(built, MAX_ALIASED_VALUES) + anchored.values;
        if (aliased > MAX_ALIASED_VALUES) {
            log.add(
                    YamlRule.ALIAS_BOMB,
                    origin,
                    "",
                    "aliases stand for more than " + MAX_ALIASED_VALUES + " values here");
            throw new Refused();
        }
        return anchored.tree;
    }

    private Tree scalar(ScalarEvent scalar) {
        Origin origin = origin(scalar.getStartMark(), scalar.getEndMark());
        String text = scalar.getValue();
        if (text.contains("{{") && text.contains("}}")) {
            template(origin);
            return new Tree.Refused(origin);
        }
        if (scalar.isPlain() && !text.isEmpty() && CURLY_QUOTES.indexOf(text.charAt(0)) >= 0) {
            String inner = text.replaceAll("^[" + CURLY_QUOTES + "]|[" + CURLY_QUOTES + "]$", "");
            log.add(
                    YamlRule.CURLY_QUOTES,
                    origin,
                    "",
                    "the quotes " + text.charAt(0) + " are part of the text",
                    "write \"" + inner + "\"");
            return new Tree.Refused(origin);
        }
        return new Tree.Scalar(scalar.getValue(), scalar.isPlain(), origin);
    }

    private Tree collection(CollectionStartEvent start) throws Refused {
        if (++depth > MAX_DEPTH) {
            Position at = Marks.position(start.getStartMark().orElseThrow());
            log.add(YamlRule.TOO_DEEP, at(at), "", "nested more than " + MAX_DEPTH + " deep");
            throw new Refused();
        }
        List<Tree> items = new ArrayList<>();
        List<Tree.Entry> merges = new ArrayList<>();
        Map<String, Tree.Entry> entries = new LinkedHashMap<>();
        boolean sequence = start.getEventId() == Event.ID.SequenceStart;
        Event.ID end = sequence ? Event.ID.SequenceEnd : Event.ID.MappingEnd;
        while (!events.checkEvent(end)) {
            if (sequence) {
                items.add(node());
            } else {
                entry(entries, merges);
            }
        }
        depth--;
        boolean template = templates && !sequence && entries.isEmpty();
        templates &= !template;
        Origin origin = origin(start.getStartMark(), events.next().getEndMark());
        if (template) {
            return new Tree.Refused(origin);
        }
        return sequence
                ? new Tree.Sequence(List.copyOf(items), origin)
                : new Tree.Mapping(List.copyOf(entries.values()), origin, List.copyOf(merges));
    }

    private void template(Origin origin) {
        log.add(
                YamlRule.TEMPLATE,
                origin,
                "",
                "{{ … }} was not filled in: this is a template",
                "let its tool write the file first; crosvm fills in ${NAME} only");
    }

    private void entry(Map<String, Tree.Entry> entries, List<Tree.Entry> merges) throws Refused {
        Tree keyTree = node();
        Tree value = node();
        Origin keyOrigin = keyTree.origin();
        if (keyTree instanceof Tree.Refused) {
            return;
        }
        Position at = keyOrigin.position();
        if (keyTree instanceof Tree.Mapping && source.at(at.line(), at.column() - 1) == '{') {
            Position braces = new Position(at.line(), at.column() - 1, at.endColumn() + 1);
            template(at(braces));
            templates = true;
            return;
        }
        if (!(keyTree instanceof Tree.Scalar scalar) || scalar.text().isEmpty()) {
            log.add(YamlRule.KEY_TYPE, keyOrigin, "", "a key must be a word");
            return;
        }
        String key = scalar.text();
        if (key.equals("<<") && scalar.plain()) {
            merges.add(new Tree.Entry(key, keyOrigin, value));
            return;
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

    private Origin origin(Optional<Mark> start, Optional<Mark> end) {
        return at(Marks.position(start.orElseThrow(), end.orElseThrow()));
    }

    private Origin at(Position position) {
        return new Origin(Origin.Kind.FILE, source.name(), position);
    }
}
