package crosvm.schema.lint;

import crosvm.schema.problem.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes {@code RULES.md} from the rules and their examples. */
final class RulesDocument {
    private static final String WHICH_YAML = """

            ## Which YAML

            A spec is YAML 1.2 (JSON is YAML, too), read by SnakeYAML Engine. Some of YAML is refused, with a rule of its own in
            the next chapter, because tools disagree about it or because it has no meaning in a spec: tags (`!!int`), the merge key
            `<<` (but in a file of several machines), a second document, keys that are lists, mappings or empty, the same key twice, keys without a value, aliases inside
            their own anchor or for more than 10,000 values, more than 32 levels, more than 256 KiB, control characters, and
            U+0085, U+2028 and U+2029, which end lines for some tools.

            What a field takes is the field's decision, so `yes`, `010`, `0x10`, `1:30`, `1_000` and `1e3` without quotes are
            refused where YAML 1.1 and 1.2 read them differently.

            These forms of YAML 1.2 the parser does not take; each is reported as [yaml-syntax](#yaml-syntax) or
            [yaml-tab](#yaml-tab):

            - between brackets, a `:` on another line than its key (`{a\\n: b}`), a value that starts with `:` (`{a: :b}`), and an
              entry without a key (`[: b]`, also `: b` outside of brackets);
            - a tab at the start of a line, also where only a bracket or the rest of a text follows;
            - anchors whose names have characters such as `*`, `&`, `[` or `,`;
            - a `...` with nothing before it, and a text of several lines at the left margin that is the whole document.
            """;

    private RulesDocument() {}

    static String render() {
        StringBuilder out = new StringBuilder("# What `crosvm lint` finds\n\n");
        out.append("Generated from the rules and their examples in `src/test/resources/lint`; do not edit.\n\n");
        out.append(
                "Findings of the chapters *Unwise* and *Between files* can be silenced where they are meant, with a comment ");
        out.append("behind the value or on the line before it:\n\n");
        out.append("```yaml\nsandbox: off # crosvm-lint: ignore=sandbox-off we debug a device here\n```\n\n");
        out.append("`ignore-file=` in place of `ignore=` silences a rule in the whole file. ");
        out.append("The others keep `crosvm up` from running the file and cannot be silenced.\n");
        out.append(WHICH_YAML);
        for (Map.Entry<String, List<Rule>> chapter : Rules.chapters().entrySet()) {
            out.append("\n## ").append(chapter.getKey()).append("\n\n");
            for (Rule rule : chapter.getValue()) {
                out.append("- [")
                        .append(rule.id())
                        .append("](#")
                        .append(rule.id())
                        .append("): ");
                out.append(rule.what()).append('\n');
            }
            chapter.getValue().forEach(rule -> section(rule, out));
        }
        return out.toString();
    }

    private static void section(Rule rule, StringBuilder out) {
        out.append("\n### ").append(rule.id()).append("\n\n");
        out.append("**")
                .append(rule.severity().word())
                .append("** ")
                .append(rule.what())
                .append("\n\n");
        out.append(rule.why()).append("\n\n");
        String noFile = Golden.noFile(rule);
        if (!noFile.isEmpty()) {
            out.append("Wrong: ").append(noFile).append(".\n\n");
        } else {
            Path beside = Golden.FOLDER.resolve(rule.id() + ".beside.yaml");
            if (Files.exists(beside)) {
                code("One file", "yaml", Golden.text(beside), out);
            }
            code("Wrong", "yaml", Golden.text(Golden.FOLDER.resolve(rule.id() + ".yaml")), out);
            code("Right", "yaml", Golden.text(Golden.FOLDER.resolve(rule.id() + ".ok.yaml")), out);
        }
        code("What lint says", "text", Golden.text(Golden.FOLDER.resolve(rule.id() + ".out")), out);
    }

    private static void code(String title, String language, String text, StringBuilder out) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> shown.appendCodePoint(c < ' ' && c != '\n' && c != '\t' ? 0x2400 + c : c));
        String shorter = shown.toString()
                .lines()
                .map(line -> line.length() > 160 ? line.substring(0, 157) + "…" : line)
                .reduce("", (a, b) -> a + b + "\n");
        out.append(title)
                .append(":\n\n```")
                .append(language)
                .append('\n')
                .append(shorter)
                .append("```\n\n");
    }
}
