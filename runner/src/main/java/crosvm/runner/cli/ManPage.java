package crosvm.runner.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Writes man pages (man(7), roff) from the same description as the help. The build calls {@link #main}. */
public final class ManPage {
    /** The longest line of a page's source, in characters. */
    private static final int LINE = 76;

    private final StringBuilder out = new StringBuilder();

    private ManPage() {}

    /** Writes a page for crosvm and one for each command into the folder that is named. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        for (Map.Entry<String, String> page : all().entrySet()) {
            Files.writeString(folder.resolve(page.getKey() + ".1"), page.getValue());
        }
    }

    /** All pages by their names. */
    static Map<String, String> all() {
        CommandLine root = Crosvm.commandLine();
        Map<String, String> pages = new TreeMap<>();
        pages.put("crosvm", new ManPage().page(root.getCommandSpec()));
        root.getSubcommands()
                .forEach((name, command) -> pages.put("crosvm-" + name, new ManPage().page(command.getCommandSpec())));
        return pages;
    }

    private String page(CommandSpec spec) {
        UsageMessageSpec usage = spec.usageMessage();
        List<String> description = List.of(usage.description());
        Footer footer = Footer.of(List.of(usage.footer()));
        line(".TH " + quoted(spec.qualifiedName("-").toUpperCase(Locale.ROOT)) + " 1 " + "\"" + Version.date() + "\""
                + " " + quoted("crosvm " + Version.number()) + " \"crosvm manual\"");
        line(".SH NAME");
        line(escaped(spec.qualifiedName("-")) + " \\- " + escaped(purpose(spec)));
        line(".SH SYNOPSIS");
        line(".B " + escaped(spec.qualifiedName()));
        line(synopsis(spec));
        line(".SH DESCRIPTION");
        paragraphs(description);
        if (!spec.positionalParameters().isEmpty()) {
            line(".SH ARGUMENTS");
            spec.positionalParameters().forEach(p -> item(italic(p.paramLabel()), text(p)));
        }
        line(".SH OPTIONS");
        spec.options().forEach(option -> item(names(option), text(option)));
        commands(spec);
        statuses(usage.exitCodeList(), footer.statuses());
        section("NOTES", footer.notes());
        examples(footer.examples());
        if (spec.parent() != null) {
            line(".SH SEE ALSO");
            line(".BR crosvm (1)");
        }
        return out.toString();
    }

    private static String synopsis(CommandSpec spec) {
        String options = "[" + italic("OPTION") + "]...";
        if (!spec.subcommands().isEmpty()) {
            return italic("COMMAND") + " " + options;
        }
        return options
                + spec.positionalParameters().stream()
                        .map(p -> p.required() || p.paramLabel().startsWith("[")
                                ? italic(p.paramLabel())
                                : "[" + italic(p.paramLabel()) + "]")
                        .map(label -> " " + label)
                        .collect(Collectors.joining());
    }

    private static String names(OptionSpec option) {
        String label = option.arity().max() == 0 ? "" : italic(option.paramLabel());
        String names = Arrays.stream(option.names()).map(ManPage::bold).collect(Collectors.joining(", "));
        return option.arity().min() == 0 && !label.isEmpty()
                ? names + "[=" + label + "]"
                : names + (label.isEmpty() ? "" : " " + label);
    }

    private static String text(ArgSpec argument) {
        return String.join(" ", argument.description());
    }

    /** @param term in roff already */
    private void item(String term, String text) {
        line(".TP");
        line(term);
        prose(text);
    }

    private void commands(CommandSpec spec) {
        if (spec.subcommands().isEmpty()) {
            return;
        }
        line(".SH COMMANDS");
        spec.subcommands().forEach((name, command) -> {
            line(".TP");
            line(".BR " + escaped("crosvm-" + name) + " (1)");
            prose(CommandList.firstSentence(
                            command.getCommandSpec().usageMessage().description()[0]) + ".");
        });
    }

    private void statuses(Map<String, String> statuses, List<String> paragraphs) {
        boolean none = statuses == null || statuses.isEmpty();
        if (none) {
            section("EXIT STATUS", paragraphs);
            return;
        }
        line(".SH EXIT STATUS");
        statuses.forEach((code, meaning) -> item(bold(code.strip()), meaning));
        paragraphs.forEach(text -> {
            line(".PP");
            prose(text);
        });
    }

    private void section(String heading, List<String> paragraphs) {
        if (!paragraphs.isEmpty()) {
            line(".SH " + heading);
            paragraphs(paragraphs);
        }
    }

    /** Each on a line of its own; everything else is filled. */
    private void examples(List<String> lines) {
        if (!lines.isEmpty()) {
            line(".SH EXAMPLES");
            line(".nf");
            lines.forEach(example -> line(escaped(example)));
            line(".fi");
        }
    }

    /** Texts with .PP between them; an empty one is such a border, too. */
    private void paragraphs(List<String> texts) {
        boolean first = true;
        for (String text : texts) {
            if (text.isEmpty()) {
                continue;
            }
            if (!first) {
                line(".PP");
            }
            first = false;
            prose(text);
        }
    }

    /** Broken into lines as roff sources are, which it fills again. */
    private void prose(String text) {
        StringBuilder current = new StringBuilder();
        for (String word : text.replace("%%", "%").strip().split("\\s+")) {
            if (!current.isEmpty() && current.length() + 1 + word.length() > LINE) {
                line(escaped(current.toString()));
                current.setLength(0);
            }
            current.append(current.isEmpty() ? "" : " ").append(word);
        }
        line(escaped(current.toString()));
    }

    /** What whatis(1) shows, in lower case. */
    private static String purpose(CommandSpec spec) {
        String purpose = CommandList.purpose(spec);
        return Character.toLowerCase(purpose.charAt(0)) + purpose.substring(1);
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    private static String quoted(String text) {
        return '"' + escaped(text) + '"';
    }

    private static String bold(String text) {
        return "\\fB" + text.replace("\\", "\\e").replace("-", "\\-") + "\\fR";
    }

    private static String italic(String text) {
        return "\\fI" + text.replace("\\", "\\e").replace("-", "\\-") + "\\fR";
    }

    /** No character of the text is a command of roff's: neither a backslash, nor a dot or quote at the start. */
    private static String escaped(String text) {
        String plain = text.replace("\\", "\\e").replace("-", "\\-");
        return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
    }

    /**
     * What stands below a command's help, sorted: help shows it as it is, a page in sections.
     *
     * @param statuses the paragraphs about the exit status
     * @param examples the lines below "Examples:", indented ones only
     * @param notes all other paragraphs
     */
    private record Footer(List<String> statuses, List<String> examples, List<String> notes) {
        static Footer of(List<String> lines) {
            Footer footer = new Footer(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (String text : lines) {
                if (text.startsWith("  ")) {
                    footer.examples.add(text.substring(2));
                } else if (text.startsWith("The exit status")) {
                    footer.statuses.add(text);
                } else if (!text.isEmpty() && !text.startsWith("Example")) {
                    footer.notes.add(text);
                }
            }
            return footer;
        }
    }
}
