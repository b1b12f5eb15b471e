package crosvm.runner.export;

import crosvm.schema.json.Json;
import java.util.ArrayList;
import java.util.List;

/** Lines of YAML with comments among them, for objects of Kubernetes. Used by one thread. */
final class KubernetesText {
    private final List<String> lines = new ArrayList<>();

    /** Adds lines of a block as they are. */
    KubernetesText add(int depth, String block) {
        block.lines().forEach(line -> lines.add(line.isEmpty() ? "" : "  ".repeat(depth) + line));
        return this;
    }

    /** The next object. */
    KubernetesText object() {
        lines.add("---");
        return this;
    }

    /** A text in quotes, which mean the same to every reader of YAML. */
    static String quoted(String text) {
        return Json.compact(text);
    }

    /** A word for sh(1). */
    static String shell(String word) {
        return word.matches("[A-Za-z0-9/._=:@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** A text among a container's arguments, in which Kubernetes would fill in {@code $(NAME)}. */
    static String argument(String text) {
        return quoted(text.replace("$(", "$$("));
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }
}
