package crosvm.runner.cli;

import crosvm.runner.report.FailedException;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.Problem;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The argument FILE of the commands that work on one spec, with the flags that override its fields. */
final class SpecSource {
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
        flags.addTo(spec);
    }

    /** The same for a command that takes several specs, or folders of them. */
    void addSeveralTo(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel("FILE")
                .type(List.class)
                .auxiliaryTypes(java.io.File.class)
                .description("The spec, or a folder of specs; - reads standard input. Default: vm.yaml.")
                .build());
        flags.addTo(spec);
    }

    /** The specs of the command line, folders searched. */
    static List<String> files(ParseResult arguments) {
        List<String> given = arguments.matchedPositionals().stream()
                .flatMap(positional -> positional.originalStringValues().stream())
                .toList();
        return given.isEmpty() ? List.of(defaultFile(arguments)) : found(given);
    }

    /** The specs that these files and folders are, or have in them, each once. */
    static List<String> found(List<String> given) {
        Set<String> files = new LinkedHashSet<>();
        for (String file : given) {
            if (file.equals("-")) {
                files.add(file);
            } else {
                SpecFiles.machines(Path.of(file)).all().forEach(found -> files.add(found.toString()));
            }
        }
        return List.copyOf(files);
    }

    /** Who has no spec yet is told how to get one. */
    private static String defaultFile(ParseResult arguments) {
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

    /** Loads the spec of the command line. Warnings go to standard error. */
    LoadResult load(ParseResult arguments, Streams streams) {
        return load(file(arguments, 0), streams);
    }

    /** The spec's file on the command line, or the default one. */
    String file(ParseResult arguments, int index) {
        return arguments.hasMatchedPositional(index)
                ? arguments.matchedPositional(index).originalStringValues().get(0)
                : defaultFile(arguments);
    }

    /** Loads another spec, with the same overrides. Warnings go to standard error. */
    LoadResult load(String word, Streams streams) {
        String file = !word.equals("-") && Files.isDirectory(Path.of(word)) ? SpecFiles.one(Path.of(word)) : word;
        LoadResult result = load(file, flags.overrides(), streams);
        if (result.spec() != null) {
            for (Problem problem : result.problems()) {
                streams.err().println(problem.describe());
            }
        }
        return result;
    }

    /** Loads a file, or standard input when its name is {@code -}. */
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
}
