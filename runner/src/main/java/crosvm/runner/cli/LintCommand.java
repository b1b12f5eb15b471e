package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.lint.LintReport;
import crosvm.schema.lint.LintTarget;
import crosvm.schema.lint.Linter;
import crosvm.schema.lint.ReportFormat;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.Severity;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm lint}: finds everything that is wrong or unwise in specs, without looking at the host. */
final class LintCommand implements Command {
    private static final String FORMAT = "--format";
    private static final String FAIL_ON = "--fail-on";
    private static final String COLOUR = "--color";
    private static final String TARGET = "--target";
    private static final String NO_ENVIRONMENT = "--no-environment";
    private static final List<String> FORMATS = formats();
    private static final List<String> SEVERITIES = severities();
    private static final Map<String, String> STATUSES = new TreeMap<>(Map.of(
            " 0",
            "nothing found",
            " 1",
            "something found",
            " 2",
            "wrong usage",
            " 3",
            "a file cannot be read, or lint failed"));
    private static final List<String> WHEN = List.of("auto", "always", "never");

    private static List<String> formats() {
        List<String> words = new ArrayList<>();
        for (ReportFormat format : ReportFormat.values()) {
            words.add(format.word());
        }
        return words;
    }

    private static List<String> severities() {
        List<String> words = new ArrayList<>();
        for (Severity severity : Severity.values()) {
            words.add(severity.word());
        }
        return words;
    }

    @Override
    public String name() {
        return "lint";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Find everything that is wrong or unwise in specs, and between them, in one pass. Does not look at"
                                + " the host, except for the variables that the specs name; a finding about such a value says so.",
                        "",
                        "A comment \"# crosvm-lint: ignore=RULE reason\" silences a rule on its line,"
                                + " ignore-file=RULE in the whole file.")
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(STATUSES)
                .footer(
                        "",
                        "Examples:",
                        "  crosvm lint                          every spec below the current folder",
                        "  crosvm lint web.yaml db.yaml         these two, and conflicts between them",
                        "  crosvm lint --format sarif . >lint.sarif",
                        "  generate | crosvm lint -");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel("FILE|DIR|-")
                .type(List.class)
                .auxiliaryTypes(java.io.File.class)
                .description(
                        "What to lint: files, folders (below them vm.yaml, *.vm.yaml and each YAML file with kernel: at the top;"
                                + " .yml too), - for standard input. Default: the current folder. Hidden files and folders,"
                                + " target, node_modules and the patterns in the folder's .crosvmignore are skipped.")
                .build());
        addChoice(spec, FORMAT, FORMATS, "text", "The format of the report: " + String.join(", ", FORMATS) + ".");
        addChoice(
                spec,
                FAIL_ON,
                SEVERITIES,
                "error",
                "The lowest severity that makes the exit status 1. Default: error.");
        spec.addOption(OptionSpec.builder(TARGET)
                .paramLabel(String.join("|", LintTarget.words()))
                .type(String.class)
                .completionCandidates(LintTarget.words())
                .description(
                        "Find also what cannot go there: kubernetes, into a Pod as crosvm export kubernetes makes it.")
                .build());
        spec.addOption(OptionSpec.builder(NO_ENVIRONMENT)
                .description(
                        "Lint the texts alone, with the same result on every machine: a variable has its default, or is"
                                + " unknown and its field is not checked.")
                .build());
        SpecSource.addEnvFile(spec);
        spec.addOption(OptionSpec.builder("-v", "--verbose")
                .type(boolean.class)
                .description("List the folders that are not searched.")
                .build());
        addChoice(spec, COLOUR, WHEN, "auto", "Colour the text. Default: on a terminal, unless NO_COLOR is set.");
    }

    private static void addChoice(CommandSpec spec, String name, List<String> words, String preset, String text) {
        spec.addOption(OptionSpec.builder(name)
                .paramLabel(String.join("|", words))
                .type(String.class)
                .completionCandidates(words)
                .defaultValue(preset)
                .description(text)
                .build());
    }

    /** Status 1 says that lint has found something. */
    @Override
    public ExitStatus whenItFails() {
        return ExitStatus.UNREADABLE;
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String format = ChoiceOption.of(arguments, FORMAT, FORMATS);
        String failOn = ChoiceOption.of(arguments, FAIL_ON, SEVERITIES);
        boolean colour = colour(ChoiceOption.of(arguments, COLOUR, WHEN), streams);
        List<String> named = new ArrayList<>();
        for (PositionalParamSpec positional : arguments.matchedPositionals()) {
            named.addAll(positional.originalStringValues());
        }
        if (named.isEmpty()) {
            named.add(".");
        }
        String envFile = arguments.matchedOptionValue(SpecSource.ENV_FILE, (String) null);
        Linter linter = arguments.hasMatchedOption(NO_ENVIRONMENT)
                ? Linter.withoutEnvironment()
                : Linter.create(streams.environment(), envFile == null ? null : Path.of(envFile));
        if (arguments.hasMatchedOption(TARGET)) {
            linter.target(
                    LintTarget.values()[
                            LintTarget.words().indexOf(ChoiceOption.of(arguments, TARGET, LintTarget.words()))]);
        }
        LintReport report = lint(linter, named, arguments.hasMatchedOption("-v"), streams);
        streams.out().print(ReportFormat.values()[FORMATS.indexOf(format)].render(report, colour));
        if (report.unreadable()) {
            return ExitStatus.UNREADABLE;
        }
        return report.has(Severity.values()[SEVERITIES.indexOf(failOn)]) ? ExitStatus.FAILED : ExitStatus.OK;
    }

    /** Files of one fleet that are named one behind the other belong together, as for up. */
    private static List<Set<String>> together(List<String> named, SpecLoader loader) {
        if (named.size() == 1) {
            return List.of(Set.of(named.get(0))); // To look for its fleet is to read it twice.
        }
        List<Set<String>> all = new ArrayList<>();
        String before = "";
        for (String name : named) {
            Fleet fleet = name.equals("-") || !Files.isRegularFile(Path.of(name)) ? null : loader.fleet(Path.of(name));
            if (fleet != null && fleet.name().equals(before)) {
                all.get(all.size() - 1).add(name);
            } else {
                all.add(new LinkedHashSet<>(Set.of(name)));
            }
            before = fleet == null ? "" : fleet.name();
        }
        return all;
    }

    private static LintReport lint(Linter linter, List<String> named, boolean verbose, Streams streams) {
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        for (Set<String> together : together(named, loader)) {
            String name = together.iterator().next();
            if (name.equals("-")) {
                linter.add("-", readAll(streams), Path.of(""));
            } else if (together.size() > 1) {
                linter.add(together.stream().map(Path::of).toList());
            } else {
                SpecFiles files = SpecFiles.find(Path.of(name));
                if (verbose) {
                    files.skipped().forEach((folder, why) -> streams.err().println(folder + ": not searched: " + why));
                }
                for (Path file : files.found()) {
                    linter.add(file);
                }
                for (Map.Entry<Path, String> folder : files.unreadable().entrySet()) {
                    linter.unreadable(folder.getKey(), folder.getValue());
                }
            }
        }
        return linter.report();
    }

    private static byte[] readAll(Streams streams) {
        try {
            return streams.in().readNBytes(SpecLoader.MAX_FILE_BYTES + 1);
        } catch (IOException e) {
            throw new FailedException("standard input: cannot be read: " + FailureReason.of(e), e);
        }
    }

    private static boolean colour(String when, Streams streams) {
        return when.equals("always") || when.equals("auto") && streams.isTerminal();
    }
}
