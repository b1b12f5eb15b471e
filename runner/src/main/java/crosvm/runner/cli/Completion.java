package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.StateFolders;
import crosvm.vmm.PrintableText;
import java.io.File;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What can stand where the cursor is. The shells' scripts ask for it by {@code crosvm __complete WORD...}, the words behind
 * {@code crosvm} up to the cursor, the last one unfinished; the answer has a line for each candidate, {@code VALUE<tab>DESCRIPTION},
 * and {@code :files} where names of files can stand, too. One object answers once.
 */
final class Completion {
    /** The word by which it is asked for. */
    static final String WORD = "__complete";

    private static final String FILES = ":files";
    private static final Pattern DISK = Pattern.compile("disks\\[[0-9]+\\]\\.id");

    private final Map<String, String> environment;
    private final String current;
    private final Map<String, String> candidates = new TreeMap<>();
    private boolean files;

    private Completion(Map<String, String> environment, String current) {
        this.environment = environment;
        this.current = current;
    }

    /** Answers; nothing when something is wrong, for a message in the middle of a command line helps nobody. */
    static void answer(List<String> words, Map<String, String> environment, PrintStream out) {
        Completion completion = new Completion(environment, words.isEmpty() ? "" : words.get(words.size() - 1));
        try {
            completion.find(words.isEmpty() ? List.of("") : words);
        } catch (RuntimeException e) {
            return;
        }
        completion.candidates.forEach((value, description) -> out.println(value + "\t" + description));
        if (completion.files) {
            out.println(FILES);
        }
    }

    private void find(List<String> words) {
        if (words.size() == 1) {
            CommandLine all = Crosvm.commandLine();
            all.getSubcommands().forEach((name, command) -> offer(name, CommandList.purpose(command.getCommandSpec())));
            options(all.getCommandSpec());
            return;
        }
        CommandLine line = Crosvm.commandLine(words.get(0)).getSubcommands().get(words.get(0));
        if (line == null) {
            return;
        }
        CommandSpec spec = line.getCommandSpec();
        List<String> positionals = new ArrayList<>();
        OptionSpec pending = null;
        boolean onlyPositionals = false;
        for (String word : words.subList(1, words.size() - 1)) {
            if (pending != null) {
                pending = null;
            } else if (word.equals("--")) {
                onlyPositionals = true;
            } else if (!onlyPositionals && word.startsWith("-") && word.length() > 1) {
                OptionSpec option = spec.findOption(word);
                pending = option != null && option.arity().min() > 0 ? option : null;
            } else {
                positionals.add(word);
            }
        }
        int equals = current.indexOf('=');
        if (pending != null) {
            values(pending, "");
        } else if (!onlyPositionals && current.startsWith("--") && equals > 0) {
            OptionSpec option = spec.findOption(current.substring(0, equals));
            if (option != null) {
                values(option, current.substring(0, equals + 1));
            }
        } else if (!onlyPositionals && current.startsWith("-")) {
            options(spec);
        } else {
            positional(spec, positionals);
        }
    }

    private void offer(String value, String description) {
        if (value.startsWith(current)) {
            candidates.put(value, PrintableText.line(CommandList.firstSentence(description), " "));
        }
    }

    private void options(CommandSpec spec) {
        for (OptionSpec option : spec.options()) {
            for (String name : option.names()) {
                if (name.startsWith("--") || current.equals("-")) {
                    offer(name, option.description().length == 0 ? "" : option.description()[0].replace("%%", "%"));
                }
            }
        }
    }

    /** @param prefix what of the word stands before the value */
    private void values(OptionSpec option, String prefix) {
        if (option.arity().min() == 0 && option.arity().max() > 0) {
            offer(prefix + "true", "");
            offer(prefix + "false", "");
        }
        words(option, prefix);
    }

    private void words(ArgSpec argument, String prefix) {
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(word -> offer(prefix + word, ""));
        }
        files |= argument.type() == File.class
                || List.of(argument.auxiliaryTypes()).contains(File.class)
                || argument.paramLabel().startsWith("FILE")
                || argument.paramLabel().startsWith("FOLDER")
                || argument.paramLabel().startsWith("PATH,");
    }

    private void positional(CommandSpec spec, List<String> before) {
        for (PositionalParamSpec positional : spec.positionalParameters()) {
            if (before.size() < positional.index().min()
                    || before.size() > positional.index().max()) {
                continue;
            }
            words(positional, "");
            String label = positional.paramLabel();
            if (label.contains(MachineArgument.LABEL) && spec.userObject() instanceof Command command) {
                boolean withDisks = label.contains(DiskCommand.ID);
                List<String> own = before.subList(positional.index().min(), before.size());
                if (!withDisks || own.isEmpty()) {
                    machines(command, own);
                    files |= candidates.isEmpty(); // The file of a spec or a control socket.
                }
                if (withDisks && own.size() <= 1) {
                    disks(own.isEmpty() ? null : own.get(0));
                }
            }
        }
    }

    private void machines(Command command, List<String> named) {
        for (InstanceState state : StateFolders.of(environment).all()) {
            String name = state.launch().name();
            if (command.isFor(state) && !named.contains(name)) {
                offer(name, state.phaseNow().word());
            }
        }
    }

    /** @param machine the one that is named; null for all that are running */
    private void disks(@Nullable String machine) {
        for (InstanceState state : StateFolders.of(environment).all()) {
            String name = state.launch().name();
            if (state.isAlive() && (machine == null || machine.equals(name))) {
                state.launch().fields().forEach((path, value) -> {
                    if (DISK.matcher(path).matches()) {
                        offer(value, "disk of " + name);
                    }
                });
            }
        }
    }
}
