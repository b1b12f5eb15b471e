package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.schema.model.MemorySize;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm disk resize}: changes the size of a running machine's disk. */
final class DiskCommand implements Command {
    private static final List<String> ACTIONS = List.of("resize");

    /** Allocating a large image takes as long as writing it. */
    private static final Duration TIMEOUT = Duration.ofHours(1);

    @Override
    public String name() {
        return "disk";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Changes a disk of a running machine: resize makes its image larger or smaller and tells the guest,"
                                + " which sees the new size at once. Growing leaves a hole unless the image had none; the guest"
                                + " grows its file system by itself (resize2fs, xfs_growfs). Shrinking cuts off what is there:"
                                + " shrink the file system first. A block device is resized by its own tools first, and then"
                                + " told here.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm disk resize web data 20GiB",
                        "  crosvm disk resize /run/crosvm.sock data 20GiB");
        argument(spec, 0, "resize", "What to do: resize.", ACTIONS);
        MachineArgument.addOne(spec, 1);
        argument(spec, 2, "ID", "The disk's id in the spec; crosvm status lists them.", List.of());
        argument(spec, 3, "SIZE", "Its new size: 20GiB, 512MiB, or a plain number of MiB.", List.of());
    }

    private static void argument(CommandSpec spec, int index, String label, String description, List<String> words) {
        PositionalParamSpec.Builder argument = PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .required(true)
                .paramLabel(label)
                .type(String.class)
                .description(description);
        if (!words.isEmpty()) {
            argument.completionCandidates(words);
        }
        spec.addPositional(argument.build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.of(arguments);
        if (!ACTIONS.contains(words.get(0))) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(), "disk " + words.get(0) + ": there is only resize");
        }
        long size;
        try {
            size = MemorySize.parse(words.get(3)).bytes();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(arguments.commandSpec().commandLine(), "SIZE: " + e.getMessage());
        }
        MachineArgument.with(
                words.get(1),
                streams,
                client -> client.ask("disk-resize", Map.of("id", words.get(2), "size", size), TIMEOUT));
        return ExitStatus.OK;
    }
}
