package crosvm.schema.lint;

import java.util.HashMap;
import java.util.Map;

/** The chapters of {@code RULES.md} by rule: what it finds, why, an example and what lint says of it. Immutable. */
final class RuleBook {
    private final Map<String, String> chapters;

    private RuleBook(Map<String, String> chapters) {
        this.chapters = Map.copyOf(chapters);
    }

    /** The chapters of the document: each begins with a third-level heading that is the rule's id. */
    static RuleBook of(String markdown) {
        Map<String, String> chapters = new HashMap<>();
        for (String chapter : markdown.split("(?m)^### ")) {
            int line = chapter.indexOf('\n');
            if (line > 0) {
                String text = chapter.substring(line).split("(?m)^## ")[0];
                chapters.put(chapter.substring(0, line).strip(), text.strip() + "\n");
            }
        }
        return new RuleBook(chapters);
    }

    /** The chapter of a rule, as Markdown; empty when there is none. */
    String get(String id) {
        return chapters.getOrDefault(id, "");
    }
}
