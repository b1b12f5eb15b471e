package crosvm.runner.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Writes man pages (man(7), roff) from the same description as the help. The build calls {@link #main}. */
public final class ManPage {
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
        Map<String, String> pages = new java.util.TreeMap<>();
        pages.put("crosvm", new ManPage().page(root.getCommandSpec()));
        root.getSubcommands()
                .forEach((name, command) -> pages.put("crosvm-" + name, new ManPage().page(command.getCommandSpec())));
        return pages;
    }

    private String page(CommandSpec spec) {
        UsageMessageSpec usage = spec.usageMessage();
        String name = spec.qualifiedName("-");
        List<String> description = List.of(usage.description());
        line(".TH " + quoted(name.toUpperCase(java.util.Locale.ROOT)) + " 1 \"\" "
                + quoted("crosvm " + Version.number()));
        line(".SH NAME");
        line(escaped(name) + " \\- " + escaped(firstSentence(description.get(0))));
        line(".SH SYNOPSIS");
        line(".B " + escaped(spec.qualifiedName()));
        line(escaped(synopsis(spec)));
        line(".SH DESCRIPTION");
        paragraphs(description);
        if (!spec.positionalParameters().isEmpty()) {
            line(".SH ARGUMENTS");
            spec.positionalParameters().forEach(p -> item(p.paramLabel(), p));
        }
        line(".SH OPTIONS");
        spec.options().forEach(option -> item(names(option), option));
        commands(spec);
        statuses(usage.exitCodeList());
        footer(List.of(usage.footer()));
        return out.toString();
    }

    private static String synopsis(CommandSpec spec) {
        String arguments = spec.positionalParameters().stream()
                .map(p -> p.required() ? p.paramLabel() : "[" + p.paramLabel() + "]")
                .collect(Collectors.joining(" "));
        return (spec.subcommands().isEmpty() ? "[OPTION]... " + arguments : "COMMAND [OPTION]...").strip();
    }

    private static String names(OptionSpec option) {
        String label = option.arity().max() == 0 ? "" : option.paramLabel();
        String names = String.join(", ", option.names());
        return option.arity().min() == 0 && !label.isEmpty()
                ? names + "[=" + label + "]"
                : names + (label.isEmpty() ? "" : " " + label);
    }

    private void item(String term, ArgSpec argument) {
        line(".TP");
        line(".B " + escaped(term));
        line(escaped(String.join(" ", argument.description()).replace("%%", "%")));
    }

    private void commands(CommandSpec spec) {
        if (spec.subcommands().isEmpty()) {
            return;
        }
        line(".SH COMMANDS");
        spec.subcommands().forEach((name, command) -> {
            line(".TP");
            line(".BR " + escaped("crosvm-" + name) + " (1)");
            line(escaped(firstSentence(command.getCommandSpec().usageMessage().description()[0])));
        });
    }

    private void statuses(Map<String, String> statuses) {
        if (statuses == null || statuses.isEmpty()) {
            return;
        }
        line(".SH EXIT STATUS");
        statuses.forEach((code, meaning) -> {
            line(".TP");
            line(".B " + escaped(code.strip()));
            line(escaped(meaning));
        });
    }

    /** Examples keep their line ends; everything else is filled. */
    private void footer(List<String> lines) {
        boolean examples = false;
        for (String text : lines) {
            if (text.startsWith("Example")) {
                line(".SH EXAMPLES");
                line(".nf");
                examples = true;
            } else if (!text.startsWith("  ") && examples) {
                line(".fi");
                line(".PP");
                examples = false;
                line(escaped(text));
            } else if (!text.isEmpty()) {
                line(escaped(text));
            }
        }
        if (examples) {
            line(".fi");
        }
    }

    private void paragraphs(List<String> texts) {
        for (String text : texts) {
            line(text.isEmpty() ? ".PP" : escaped(text.replace("%%", "%")));
        }
    }

    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    private static String quoted(String text) {
        return '"' + escaped(text) + '"';
    }

    /** No character of the text is a command of roff's: neither a backslash, nor a dot or quote at the start. */
    private static String escaped(String text) {
        String plain = text.replace("\\", "\\e").replace("-", "\\-");
        return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
    }
}
