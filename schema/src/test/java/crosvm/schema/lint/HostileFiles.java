package crosvm.schema.lint;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Files that are as large as a spec may be and made to be slow to read; {@code main} prints what each costs. */
final class HostileFiles {
    private HostileFiles() {}

    /** The files by what is too much in them, each of about so many bytes; {@code %d} in a piece is its number. */
    static Map<String, String> ofSize(int bytes) {
        Map<String, String> files = new LinkedHashMap<>();
        String image = "kernel: {image: x, params: [";
        files.put("items on a line", filled("kernel: x\nx: [", "a, ", "]", bytes));
        files.put("anchors on a line", filled("x: [", "&a%d b, ", "]", bytes));
        files.put("anchors on lines", filled("x:\n", "- &a%d b\n", "", bytes));
        files.put("aliases", filled("x: [&a b, ", "*a, ", "]", bytes));
        files.put("tags", filled("x: [", "!a b, ", "]", bytes));
        files.put("wide characters", filled(image, "\ud83d\ude00, ", "]}", bytes));
        files.put("parameters", filled(image, "ab, ", "]}", bytes));
        files.put("parameters in one text", filled("kernel:\n  image: x\n  params: '", "a%d=b ", "'\n", bytes));
        files.put("folded parameters", filled("kernel:\n  image: x\n  params: >\n", "    a%d=b\n", "", bytes));
        files.put("unknown keys", filled("", "k%d: 1\n", "", bytes));
        files.put("misspelt keys", filled("", "memory%d: 1\n", "", bytes));
        files.put("unknown keys on a line", filled("{", "k%d: 1, ", "}", bytes));
        files.put("the same key", filled("", "k: 1\n", "", bytes));
        files.put("disks", filled("kernel: x\ndisks:\n", "- {path: a, id: b}\n", "", bytes));
        files.put("forwards", filled("kernel: x\nnetworks: [{user: true, forward: [", "80:80, ", "]}]", bytes));
        files.put("device names", filled("kernel: x\nsandbox: {devices: {", "d%d: thread, ", "}}", bytes));
        files.put("ignore comments", filled("kernel: x\n", "# crosvm-lint: ignore=no-root x\n", "", bytes));
        files.put("unknown rules", filled("kernel: x\n", "# crosvm-lint: ignore=a,b,c,d,e,f x\n", "", bytes));
        files.put("variables", filled("kernel: {image: \"", "${A:-b}", "\"}", bytes));
        files.put("variables in variables", filled("kernel: {image: \"", "${A:-", "\"}", bytes));
        files.put("a path of ..", filled("kernel: ", "../", "", bytes));
        files.put("brackets", filled("", "[", "", bytes));
        files.put("brackets after brackets", filled("", "a: [b\n", "", bytes));
        files.put("quotes", filled("a: \"", "x\n", "", bytes));
        files.put("blanks", filled("a:", " ", "b", bytes));
        files.put("documents", filled("", "---\na: b\n", "", bytes));
        files.put("digits", filled("kernel: x\ncpus: ", "1", "", bytes));
        return files;
    }

    private static String filled(String head, String piece, String tail, int bytes) {
        StringBuilder text = new StringBuilder(head);
        int size = head.length() + tail.length();
        for (int i = 0; size < bytes; i++) {
            String next = piece.replace("%d", String.valueOf(i));
            text.append(next);
            size += next.getBytes(StandardCharsets.UTF_8).length;
        }
        return text.append(tail).toString();
    }

    /** Lints a text and writes the report. */
    static LintReport lint(String text) {
        LintReport report = Linter.create(Map.of())
                .add("f.yaml", text.getBytes(StandardCharsets.UTF_8), Path.of("/specs"))
                .report();
        ReportFormat.TEXT.render(report, false);
        return report;
    }

    /** Prints the processor time that each file takes, of the largest size, when the code is warm. */
    public static void main(String[] arguments) {
        ofSize(20_000).values().forEach(HostileFiles::lint);
        ofSize(255_000).forEach((what, text) -> {
            long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            int problems = lint(text).problems().size();
            long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
            System.out.printf("%6d ms  %-24s %d problems%n", took / 1_000_000, what, problems);
        });
    }
}
