package crosvm.runner.convert;

import crosvm.schema.problem.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A piece of another tool's file: a key of YAML or JSON, an element or attribute of XML, an option of a command line. It knows
 * whether anybody has asked for it, so that what nobody has asked for can be told. Used by one thread.
 */
final class Node {
    private final String name;
    private final @Nullable String text;
    private final Position position;
    private final List<Node> children = new ArrayList<>();
    private boolean used;

    /**
     * A piece without parts yet.
     *
     * @param text its value; null for one that has only parts
     */
    Node(String name, @Nullable String text, Position position) {
        this.name = name;
        this.text = text;
        this.position = position;
    }

    Node add(Node child) {
        children.add(child);
        return this;
    }

    String name() {
        return name;
    }

    Position position() {
        return position;
    }

    /** All parts, which are looked through now. */
    List<Node> children() {
        used = true;
        return children;
    }

    /** Whether it is a value without parts. */
    boolean isLeaf() {
        return text != null;
    }

    /** Marks this and everything in it as seen to. */
    Node take() {
        used = true;
        children.forEach(Node::take);
        return this;
    }

    /** Marks those of these parts as seen to whose value is this: what is so here, too. */
    void takeIfSays(String value, String... parts) {
        used = true;
        for (Node child : children) {
            if (value.equals(child.text) && List.of(parts).contains(child.name)) {
                child.used = true;
            }
        }
    }

    /** The value, which is seen to now; empty when it has only parts. */
    String text() {
        used = true;
        return text == null ? "" : text;
    }

    /** The first part of that name, or null. */
    @Nullable Node find(String part) {
        used = true;
        for (Node child : children) {
            if (child.name.equals(part)) {
                return child;
            }
        }
        return null;
    }

    /** The first part at the end of this path of names, or null. */
    @Nullable Node at(String... path) {
        Node node = this;
        for (String part : path) {
            node = node == null ? null : node.find(part);
        }
        return node;
    }

    /** The value at the end of a path, which is seen to now; empty without one. */
    String text(String... path) {
        Node node = at(path);
        return node == null ? "" : node.text();
    }

    /** Whether the value at the end of a path is true. */
    boolean isTrue(String... path) {
        return text(path).matches("(?i)true|on|yes|1");
    }

    /** Whether there is a part at the end of a path, which is seen to now. */
    boolean has(String... path) {
        Node node = at(path);
        if (node != null) {
            node.used = true;
        }
        return node != null;
    }

    /** All parts of that name. */
    List<Node> all(String part) {
        used = true;
        return children.stream().filter(child -> child.name.equals(part)).toList();
    }

    /** The items of the list that is the first part of that name. */
    List<Node> items(String part) {
        Node list = find(part);
        if (list == null) {
            return List.of();
        }
        list.used = true;
        return list.children;
    }

    /** What nobody has asked for: the outermost of it, in the order of the file. */
    void unused(String path, Consumer<Unused> consumer) {
        String here = name.startsWith("[") ? path + name : path.isEmpty() ? name : path + "." + name;
        if (!used) {
            consumer.accept(new Unused(here, text, position));
            return;
        }
        children.forEach(child -> child.unused(here, consumer));
    }

    /** A piece that nobody has asked for. */
    record Unused(String path, @Nullable String text, Position position) {}
}
