package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.lint.JsonSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
                        "Writes a commented vm.yaml that runs as it is, and its schema for editors. Never overwrites a file.")
                .footer("", "Example:", "  crosvm init web && crosvm up web/vm.yaml");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("DIR")
                .type(java.io.File.class)
                .description("The folder; made when it is not there. Default: this one.")
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
            Files.writeString(file, template(), StandardOpenOption.CREATE_NEW);
            if (!Files.exists(schema)) {
                Files.writeString(schema, JsonSchema.render());
            }
        } catch (FileAlreadyExistsException e) {
            throw new FailedException(e.getFile() + ": is there already, and stays as it is. Name another folder", e);
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be written: " + e.getMessage(), e);
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
