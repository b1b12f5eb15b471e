package crosvm.runner.cli;

import crosvm.runner.instance.WholeFile;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.lint.JsonSchema;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm init}: writes a commented spec to start from. */
final class InitCommand implements Command {
    private static final String FILE = "vm.yaml";
    private static final String SCHEMA = "vm.schema.json";

    @Override
    public String name() {
        return "init";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Write a commented vm.yaml that runs as it is, and its schema for editors. Never overwrites a"
                                + " file.")
                .footer("", "Example:", "  crosvm init web && crosvm up web/vm.yaml");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("DIR")
                .type(java.io.File.class)
                .description("The folder; created if it does not exist. Default: the current one.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        Path folder = Path.of(
                arguments.hasMatchedPositional(0)
                        ? arguments.matchedPositional(0).originalStringValues().get(0)
                        : "");
        Path file = folder.resolve(FILE);
        Path schema = folder.resolve(SCHEMA);
        try {
            if (!folder.toString().isEmpty()) {
                Files.createDirectories(folder);
            }
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            if (!Files.exists(schema)) {
                WholeFile.create(schema, JsonSchema.render());
            }
            WholeFile.create(file, template()); // Last: once it is there, no later init completes what is missing.
        } catch (FileAlreadyExistsException e) {
            throw new FailedException(e.getFile() + ": already exists; not overwritten. Name another folder", e);
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be written: " + FailureReason.of(e), e);
        }
        streams.out()
                .println("wrote " + file + " and, for your editor, " + schema + "; next: crosvm lint " + file
                        + ", crosvm up " + file);
        return ExitStatus.OK;
    }

    private static String template() {
        try (InputStream in = InitCommand.class.getResourceAsStream("starter.yaml")) {
            if (in == null) {
                throw new IllegalStateException("starter.yaml is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
