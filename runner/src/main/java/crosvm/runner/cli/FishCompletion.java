package crosvm.runner.cli;

import java.io.File;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Writes completions for the fish shell, from the same description as the help. */
final class FishCompletion {
    private final StringBuilder out = new StringBuilder();

    private FishCompletion() {}

    static String of(CommandSpec root) {
        FishCompletion fish = new FishCompletion();
        fish.out.append("# Completions of crosvm for fish; made by: crosvm completion fish\n");
        fish.out.append("complete -c crosvm -f\n");
        root.options().forEach(option -> fish.option("__fish_use_subcommand", option));
        root.subcommands().forEach((name, command) -> fish.command(name, command));
        return fish.out.toString();
    }

    private void command(String name, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        String[] description = spec.usageMessage().description();
        line("__fish_use_subcommand", "-a " + name + describe(description));
        String here = "__fish_seen_subcommand_from " + name;
        spec.options().forEach(option -> option(here, option));
        for (PositionalParamSpec positional : spec.positionalParameters()) {
            if (positional.completionCandidates() != null) {
                line(here, "-a " + quote(String.join(" ", positional.completionCandidates())));
            } else {
                line(here, "-F");
            }
        }
    }

    private void option(String condition, OptionSpec option) {
        StringBuilder text = new StringBuilder();
        for (String name : option.names()) {
            boolean isLong = name.startsWith("--");
            text.append(isLong ? "-l " : "-s ")
                    .append(name.substring(isLong ? 2 : 1))
                    .append(' ');
        }
        if (option.arity().min() > 0) {
            boolean file = option.type() == File.class || option.paramLabel().contains("FILE");
            text.append(file ? "-r -F " : "-x ");
        }
        if (option.completionCandidates() != null) {
            text.append("-a ")
                    .append(quote(String.join(" ", option.completionCandidates())))
                    .append(' ');
        }
        line(condition, text.toString().strip() + describe(option.description()));
    }

    private void line(String condition, String rest) {
        out.append("complete -c crosvm -n ")
                .append(quote(condition))
                .append(' ')
                .append(rest)
                .append('\n');
    }

    /** The first sentence. */
    private static String describe(String[] description) {
        if (description.length == 0) {
            return "";
        }
        String text = description[0].replace("%%", "%").replace("%n", " ");
        int end = text.indexOf(". ");
        return " -d " + quote(end < 0 ? text : text.substring(0, end + 1));
    }

    private static String quote(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
