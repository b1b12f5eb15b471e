package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.ControlClient;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import crosvm.schema.model.MemorySize;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm disk resize}: changes the size of a running machine's disk. */
final class DiskCommand implements Command {
    /** In the label, by which completion knows where a disk can stand. */
    static final String ID = "ID";

    private static final String SHRINK = "--shrink";
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
                        "Change a disk of a running machine: resize makes its image larger or smaller and tells the guest,"
                                + " which sees the new size at once. Growing leaves a hole unless the image had none; the guest"
                                + " grows its file system by itself (resize2fs, xfs_growfs). Shrinking cuts off what is there"
                                + " and needs --shrink: shrink the file system first. A block device is resized by its own tools first, and then"
                                + " told here.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm disk resize data 20GiB                of the machine of ./vm.yaml",
                        "  crosvm disk resize web data 20GiB",
                        "  crosvm disk resize /run/crosvm.sock data 20GiB",
                        "  crosvm disk resize --shrink web data 5GiB    after resize2fs /dev/vda 5G in the guest");
        argument(spec, 0, "resize", "What to do: resize.", ACTIONS);
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .arity("2..3")
                .required(true)
                .paramLabel("[" + MachineArgument.LABEL + "] " + ID + " SIZE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("A running machine: its name, the file or folder of its spec, or its control socket (with"
                        + " a / in it); default: that of ./vm.yaml, or without that file the only one that is running."
                        + " The disk's ID in the spec; crosvm status lists them. Its new size, with a unit: 20GiB,"
                        + " 512MiB.")
                .build());
        FormatOption.addDescribed(
                spec,
                "text, or json: the disk's ID, and its size before and now in bytes. Default: text.",
                "text",
                "json");
        spec.addOption(OptionSpec.builder(SHRINK)
                .description("Allow a smaller size. The data beyond it is lost.")
                .build());
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
        List<String> words = MachineArgument.words(arguments);
        if (!ACTIONS.contains(words.get(0))) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(), "disk " + words.get(0) + ": the only action is resize");
        }
        int last = words.size() - 1;
        if (last < 2 || last > 3) {
            throw new ParameterException(arguments.commandSpec().commandLine(), "expected: resize [MACHINE] ID SIZE");
        }
        String machine = last == 3 ? words.get(1) : MachineArgument.theOnly(arguments, Kind.RUNNING, streams);
        String id = words.get(last - 1);
        long size = size(words.get(last), arguments);
        boolean shrink = arguments.hasMatchedOption(SHRINK);
        boolean json = FormatOption.isJson(arguments);
        return MachineArgument.forEach(List.of(machine), streams, one -> {
            long before = MachineArgument.with(one, streams, client -> resize(client, one, id, size, shrink));
            streams.out().println(json ? json(id, before, size) : change(id, before, size));
        });
    }

    private static String change(String id, long before, long size) {
        return before < 0
                ? id + ": " + text(size)
                : id + ": " + text(before) + (size == before ? ", unchanged" : " -> " + text(size));
    }

    private static String json(String id, long before, long size) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("id", id);
        facts.put("before", before < 0 ? null : before);
        facts.put("size", size);
        return Json.compact(facts);
    }

    /** A bare number would be MiB, as everywhere else; here, where it may cut off data, it is a question. */
    private static long size(String text, ParseResult arguments) {
        try {
            long size = MemorySize.parse(text).bytes();
            if (Character.isDigit(text.charAt(text.length() - 1))) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" has no unit. Write " + text + "GiB or " + text + "MiB");
            }
            return size;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(arguments.commandSpec().commandLine(), "SIZE: " + e.getMessage());
        }
    }

    /** @return the size before; -1 when the machine does not say */
    private static long resize(ControlClient client, String machine, String id, long size, boolean shrink) {
        long before = sizeOf(client.ask("status", Map.of()), id);
        if (size < before && !shrink) {
            throw new FailedException(machine + ": disk " + id + " has " + text(before) + "; " + text(size)
                    + " would cut off what lies behind it. Shrink the file system first, then add " + SHRINK);
        }
        client.ask("disk-resize", Map.of("id", id, "size", size), TIMEOUT);
        return before;
    }

    private static String text(long bytes) {
        return new MemorySize(bytes).toString();
    }

    /** -1 when the machine does not say. */
    private static long sizeOf(Map<String, @Nullable Object> status, String id) {
        if (status.get("disks") instanceof List<?> disks) {
            for (Object disk : disks) {
                if (disk instanceof Map<?, ?> facts
                        && id.equals(facts.get("id"))
                        && facts.get("size") instanceof Long size) {
                    return size;
                }
            }
        }
        return -1;
    }
}
