package crosvm.runner.cli;

import crosvm.schema.load.LoadResult;
import crosvm.schema.load.Problem;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.load.SpecOverrides;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The argument FILE of the commands that work on one spec, with the flags that override its fields. */
final class SpecSource {
    private static final String DEFAULT_FILE = "vm.yaml";

    private final SpecFlags flags = new SpecFlags();

    void addTo(CommandSpec spec) {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("FILE")
                .type(java.io.File.class)
                .description("The spec; - reads standard input. Default: vm.yaml.")
                .build());
        flags.addTo(spec);
    }

    /** Loads the spec of the command line. Warnings go to standard error. */
    LoadResult load(ParseResult arguments, Streams streams) {
        String file = arguments.hasMatchedPositional(0)
                ? arguments.matchedPositional(0).originalStringValues().get(0)
                : DEFAULT_FILE;
        return load(file, streams);
    }

    /** Loads another spec, with the same overrides. Warnings go to standard error. */
    LoadResult load(String file, Streams streams) {
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
            return loader.load("-", streams.in().readNBytes(SpecLoader.LARGEST + 1), Path.of(""), overrides);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
