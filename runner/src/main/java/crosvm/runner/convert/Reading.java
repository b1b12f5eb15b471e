package crosvm.runner.convert;

import crosvm.runner.convert.Converter.Unreadable;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Texts of all forms as nodes. */
final class Reading {
    private static final int MAX_DEPTH = 64;
    private static final String COMMENT = "<!--";
    private static final String COMMENT_END = "-->";

    private Reading() {}

    static Node read(String name, String text, ConvertSource.Form form) throws Unreadable {
        return switch (form) {
            case YAML -> yaml(name, text);
            case XML -> xml(text);
            case COMMAND -> CommandWords.read(text);
        };
    }

    /** Whether a text that cannot be read in this form was probably meant to be of it. */
    static boolean looksLike(String text, ConvertSource.Form form) {
        boolean xml = text.stripLeading().startsWith("<");
        return switch (form) {
            case YAML ->
                !xml && (text.stripLeading().startsWith("{") || text.lines().anyMatch(l -> l.matches("[a-z-]+:.*")));
            case XML -> xml;
            case COMMAND -> false;
        };
    }

    private static Node yaml(String name, String text) throws Unreadable {
        // JSON may be indented by tabs. A blank in place of each changes no column.
        boolean json = text.stripLeading().startsWith("{");
        SourceText source = new SourceText(name, json ? text.replace('\t', ' ') : text);
        ProblemLog log = new ProblemLog(source);
        Tree tree = YamlReader.read(source, log);
        if (tree == null) {
            throw new Unreadable(
                    log.sorted().stream().map(Problem::describe).findFirst().orElse("cannot be read as YAML"));
        }
        Node root = node("", tree);
        // What YAML itself objects to, for example a template that was not filled in, has no value here.
        log.sorted().forEach(problem -> root.add(new Node("(" + problem.message() + ")", null, problem.position())));
        return root;
    }

    private static Node node(String name, Tree tree) {
        Position position = tree.origin().position();
        if (tree instanceof Tree.Mapping mapping) {
            Node node = new Node(name, null, position);
            mapping.entries().stream()
                    .filter(entry -> !(entry.value() instanceof Tree.Scalar scalar && scalar.isNull()))
                    .forEach(entry -> node.add(at(
                            node(entry.key(), entry.value()), entry.keyOrigin().position())));
            return node;
        }
        if (tree instanceof Tree.Sequence list) {
            Node node = new Node(name, null, position);
            for (int i = 0; i < list.items().size(); i++) {
                node.add(node("[" + i + "]", list.items().get(i)));
            }
            return node;
        }
        return new Node(name, tree instanceof Tree.Scalar scalar && !scalar.isNull() ? scalar.text() : null, position);
    }

    /** A key is where its value is looked for. */
    private static Node at(Node value, Position key) {
        Node node = new Node(value.name(), value.isLeaf() ? value.text() : null, key);
        value.children().forEach(node::add);
        return node;
    }

    private static Node xml(String text) throws Unreadable {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // No DTD, so that no entity can read a file, open a connection or grow without end.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("external entities are not read");
        });
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
            Deque<Element> open = new ArrayDeque<>(List.of(new Element("", new Position(1, 1, 1))));
            while (reader.hasNext() && (open.size() > 1 || open.getFirst().parts.isEmpty())) {
                step(reader, open);
            }
            return rest(open.pop().node(), text, reader.getLocation().getCharacterOffset());
        } catch (XMLStreamException e) {
            throw new Unreadable("line " + e.getLocation().getLineNumber() + ", column "
                    + e.getLocation().getColumnNumber() + ": is not XML that is read here: "
                    + String.valueOf(e.getMessage()).replaceAll("(?s).*Message: ", ""));
        }
    }

    /** One document is read; virsh and virt-install may print several one after the other. */
    private static Node rest(Node root, String text, int end) {
        if (end >= 0 && end < text.length() && !isOnlyComments(text.substring(end))) {
            int line = 1
                    + (int) text.substring(0, end)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            root.add(new Node("(what follows the first document)", null, new Position(line, 1, 1)));
        }
        return root;
    }

    private static boolean isOnlyComments(String text) {
        int at = text.length() - text.stripLeading().length();
        while (text.startsWith(COMMENT, at)) {
            int end = text.indexOf(COMMENT_END, at + COMMENT.length());
            if (end < 0) {
                return false;
            }
            at = end + COMMENT_END.length();
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }
        return at == text.length();
    }

    private static void step(XMLStreamReader reader, Deque<Element> open) throws XMLStreamException {
        int line = reader.getLocation().getLineNumber();
        int column = Math.max(1, reader.getLocation().getColumnNumber());
        switch (reader.next()) {
            case XMLStreamConstants.START_ELEMENT -> {
                if (open.size() > MAX_DEPTH) {
                    throw new XMLStreamException("nested too deeply", reader.getLocation());
                }
                Element element = new Element(reader.getLocalName(), new Position(line, column, column));
                for (int i = 0; i < reader.getAttributeCount(); i++) {
                    element.attribute(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
                }
                open.push(element);
            }
            case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
                open.getFirst().text.append(reader.getText());
            case XMLStreamConstants.END_ELEMENT -> {
                Node node = open.pop().node();
                open.getFirst().parts.add(node);
            }
            case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                throw new XMLStreamException("DTDs and entities are not read", reader.getLocation());
            default -> {
                // Comments and processing instructions mean nothing here.
            }
        }
    }

    /** An element of XML that has begun and not ended. */
    private static final class Element {
        private final String name;
        private final Position position;
        private final StringBuilder text = new StringBuilder();
        private final Deque<Node> parts = new ArrayDeque<>();

        Element(String name, Position position) {
            this.name = name;
            this.position = position;
        }

        void attribute(String attribute, String value) {
            parts.add(new Node("@" + attribute, value, position));
        }

        Node node() {
            String value = text.toString().strip();
            Node node = new Node(name, value.isEmpty() ? null : value, position);
            parts.forEach(node::add);
            return node;
        }
    }
}
