package crosvm.runner.cli;

import crosvm.runner.report.FailedException;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The argument FILE of the commands that work on one spec, with the flags that override its fields. */
final class SpecSource {
    static final String ENV_FILE = "--env-file";
    private static final String DEFAULT_FILE = "vm.yaml";

    private final SpecFlags flags = new SpecFlags();

    void addTo(CommandSpec spec) {
        addTo(spec, 0);
    }

    /** The same for a command that has other arguments before FILE. */
    void addTo(CommandSpec spec, int index) {
        spec.addPositional(PositionalParamSpec.builder()
                .index(String.valueOf(index))
                .arity("0..1")
                .paramLabel("FILE")
                .type(java.io.File.class)
                .description("The spec, or the folder of one; - reads standard input. Default: vm.yaml.")
                .build());
        addEnvFile(spec);
    }

    /** The same for a command that takes several specs, or folders of them. */
    void addSeveralTo(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel("FILE")
                .type(List.class)
                .auxiliaryTypes(java.io.File.class)
                .description(
                        "The spec, or a folder of specs; - reads standard input. Behind a file of several machines, the"
                                + " names of those that are meant. Default: vm.yaml.")
                .build());
        addEnvFile(spec);
    }

    /** The flags that go with it, which the command gives away as its own. */
    SpecFlags flags() {
        return flags;
    }

    /** Adds the option of variables. */
    static void addEnvFile(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(ENV_FILE)
                .paramLabel("FILE")
                .type(String.class)
                .description(
                        "Take variables that the environment has not from this file: NAME=VALUE on each line. Default:"
                                + " for a file of several machines, the .env beside it.")
                .build());
    }

    /** Who has no spec yet is told how to get one. */
    static String defaultFile(ParseResult arguments) {
        if (!Files.exists(Path.of(DEFAULT_FILE))) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "the current folder has no " + DEFAULT_FILE + ". Create one: crosvm init; or name a spec: "
                            + arguments.commandSpec().qualifiedName() + " FILE");
        }
        return DEFAULT_FILE;
    }

    /** The flags that override fields, as words of a command line. */
    List<String> words() {
        return flags.words();
    }

    /** What the words of the command line mean. */
    static List<SpecGroup> groups(ParseResult arguments, Streams streams) {
        List<String> given = MachineArgument.words(arguments);
        SpecLoader loader = loader(arguments, streams);
        return SpecGroup.of(given.isEmpty() ? List.of(defaultFile(arguments)) : given, loader);
    }

    /** The spec's file on the command line, or the default one. */
    String file(ParseResult arguments, int index) {
        return arguments.hasMatchedPositional(index)
                ? arguments.matchedPositional(index).originalStringValues().get(0)
                : defaultFile(arguments);
    }

    /** A loader that knows this process's environment, and the file that the command line says. */
    static SpecLoader loader(ParseResult arguments, Streams streams) {
        String file = arguments.matchedOptionValue(ENV_FILE, (String) null);
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        return file == null ? loader : loader.withEnvFile(Path.of(file));
    }

    /** The words that make a later run read the same file of variables. */
    static List<String> envFile(ParseResult arguments) {
        String file = arguments.matchedOptionValue(ENV_FILE, (String) null);
        return file == null ? List.of() : List.of(ENV_FILE + "=" + file);
    }

    /** Loads what one group means. Warnings go to standard error. */
    LoadedGroup load(SpecGroup group, ParseResult arguments, Streams streams) {
        return load(group, loader(arguments, streams), streams);
    }

    /** The same by this loader. */
    LoadedGroup load(SpecGroup group, SpecLoader loader, Streams streams) {
        LoadedSpec spec = load(group, loader, flags.overrides(), streams);
        boolean sound = !spec.machines().isEmpty()
                && spec.machines().stream().allMatch(machine -> machine.result().spec() != null);
        if (sound) {
            spec.problems().forEach(problem -> streams.err().println(problem.describe()));
        }
        return new LoadedGroup(group, spec);
    }

    /** Loads the file of one machine. Warnings go to standard error. */
    LoadResult load(String word, ParseResult arguments, Streams streams) {
        String file = !word.equals("-") && Files.isDirectory(Path.of(word)) ? SpecFiles.one(Path.of(word)) : word;
        LoadResult result = loader(arguments, streams).load(Path.of(file), flags.overrides());
        if (result.spec() != null) {
            result.problems().forEach(problem -> streams.err().println(problem.describe()));
        }
        return result;
    }

    /** Loads the words of a command line that takes one file: a fleet's, or one machine's. Warnings go to standard error. */
    LoadedGroup loadOne(List<String> words, ParseResult arguments, Streams streams) {
        String first = words.isEmpty() ? defaultFile(arguments) : words.get(0);
        List<String> named = new ArrayList<>(words.isEmpty() ? List.of(first) : words);
        if (!first.equals("-") && Files.isDirectory(Path.of(first))) {
            named.set(0, SpecFiles.one(Path.of(first)));
        }
        List<SpecGroup> groups = SpecGroup.of(named, loader(arguments, streams));
        if (groups.size() > 1) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "one spec is wanted, not " + groups.size() + ": " + String.join(", ", words));
        }
        return load(groups.get(0), arguments, streams);
    }

    /** The one machine of a command line that shows one. */
    static Loaded theOnly(LoadedGroup loaded, ParseResult arguments) {
        List<Loaded> machines = loaded.machines();
        if (machines.size() == 1) {
            return machines.get(0);
        }
        throw new ParameterException(
                arguments.commandSpec().commandLine(),
                loaded.group().files().get(0) + " holds several machines; name one of them behind it: "
                        + machines.stream().map(LoadedGroup::shortName).collect(Collectors.joining(", ")));
    }

    private static LoadedSpec load(SpecGroup group, SpecLoader loader, SpecOverrides overrides, Streams streams) {
        if (!group.isStandardInput()) {
            return loader.loadAll(group.files().stream().map(Path::of).toList(), overrides);
        }
        try {
            return loader.loadAll("-", streams.in().readNBytes(SpecLoader.MAX_FILE_BYTES + 1), Path.of(""), overrides);
        } catch (IOException e) {
            throw new FailedException("standard input: cannot be read: " + FailureReason.of(e), e);
        }
    }

    /** Loads the file of one machine, or standard input when its name is {@code -}; says nothing. */
    static LoadResult load(String file, SpecOverrides overrides, Streams streams) {
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        if (!file.equals("-")) {
            return loader.load(Path.of(file), overrides);
        }
        try {
            return loader.load("-", streams.in().readNBytes(SpecLoader.MAX_FILE_BYTES + 1), Path.of(""), overrides);
        } catch (IOException e) {
            throw new FailedException("standard input: cannot be read: " + FailureReason.of(e), e);
        }
    }

    /** The specs of files and folders, without overrides. */
    static List<LoadedSpec> loadAll(List<String> words, Streams streams) {
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        return SpecGroup.of(words, loader).stream()
                .map(group -> load(group, loader, SpecOverrides.none(), streams))
                .toList();
    }
}
