package crosvm.runner.cli;

import crosvm.runner.convert.Conversion;
import crosvm.runner.convert.Converter;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.lint.LintReport;
import crosvm.schema.lint.Linter;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm convert}: other tools' descriptions of machines as specs. */
final class ConvertCommand implements Command {
    private static final String FROM = "--from";

    @Override
    public String name() {
        return "convert";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Convert another tool's file to a spec: a command line of crosvm or QEMU in a script, Firecracker's or Cloud"
                                + " Hypervisor's JSON, Lima's YAML, the networks and dependencies of a Compose file, libvirt's XML."
                                + " Prints the spec. Opens no file but this one.",
                        "",
                        "Whatever has no counterpart is listed with its position, in comments of the spec and on standard error,"
                                + " and so is what crosvm lint finds in the spec. The exit status is 1 if the spec has an error.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm convert vm_config.json >vm.yaml",
                        "  virsh dumpxml web | crosvm convert - >web.yaml",
                        "  crosvm convert --from qemu start.sh >vm.yaml");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel("FILE")
                .type(java.io.File.class)
                .description("The other tool's file; - reads standard input.")
                .build());
        spec.addOption(OptionSpec.builder(FROM)
                .paramLabel("TOOL")
                .type(String.class)
                .completionCandidates(Converter.words())
                .description(
                        "The tool: " + String.join(", ", Converter.words()) + ". Default: recognised by the content.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String file = arguments.matchedPositional(0).originalStringValues().get(0);
        String tool = arguments.matchedOptionValue(FROM, (String) null);
        if (tool != null) {
            tool = ChoiceOption.of(arguments, FROM, Converter.words());
        }
        String name = file.equals("-") ? "<stdin>" : file;
        String text = text(file, streams);
        Conversion conversion;
        try {
            conversion = Converter.convert(name, text, tool);
        } catch (IllegalArgumentException e) {
            throw new FailedException(name + ": " + e.getMessage(), e);
        }
        String spec = conversion.text();
        streams.out().print(spec);
        conversion.left().forEach(remark -> streams.err().println(name + ":" + remark.describe()));
        LintReport report = Linter.create(streams.environment())
                .add("vm.yaml", spec.getBytes(StandardCharsets.UTF_8), Path.of(""))
                .report();
        for (Problem problem : report.problems()) {
            streams.err().println("in the spec: " + problem.describe());
        }
        return report.has(Severity.ERROR) ? ExitStatus.FAILED : ExitStatus.OK;
    }

    private static String text(String file, Streams streams) {
        try (InputStream in = file.equals("-") ? streams.in() : Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(SpecLoader.MAX_FILE_BYTES + 1);
            if (bytes.length > SpecLoader.MAX_FILE_BYTES) {
                throw new FailedException(file + ": is larger than 256 KiB");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new FailedException(file + ": is not UTF-8", e);
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be read: " + FailureReason.of(e), e);
        }
    }
}
