package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.ControlClient;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import crosvm.schema.model.MemorySize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm disk}: changes a running machine's disk; makes, shows and copies images. */
final class DiskCommand implements Command {
    /** In the label, by which completion knows where a disk can stand. */
    static final String ID = "ID";

    private static final String SHRINK = "--shrink";
    private static final String IOPS = "--iops";
    private static final String BANDWIDTH = "--bandwidth";
    private static final List<String> MACHINE_ACTIONS = List.of("resize", "limit", "snapshot");
    private static final ActionOptions OPTIONS = new ActionOptions(Map.of(
            "resize", Set.of(SHRINK, FormatOption.NAME),
            "limit", Set.of(IOPS, BANDWIDTH),
            "snapshot", Set.of(),
            "create", Set.of(DiskImages.IMAGE_FORMAT),
            "info", Set.of(DiskImages.IMAGE_FORMAT, FormatOption.NAME),
            "clone", Set.of(DiskImages.IMAGE_FORMAT, DiskImages.BASE, DiskImages.BASE_FORMAT)));

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
                                + " told here. limit bounds what a disk may do in a second, snapshot freezes what it has in it and has"
                                + " later writes go into a new overlay; both need a disk that qemu-storage-daemon serves."
                                + " create makes an empty image, info tells what an image's header says, clone copies an image"
                                + " and what it stands on into a qcow2 image that stands alone.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm disk resize data 20GiB                of the machine of ./vm.yaml",
                        "  crosvm disk resize web data 20GiB",
                        "  crosvm disk resize /run/crosvm.sock data 20GiB",
                        "  crosvm disk resize --shrink web data 5GiB    after resize2fs /dev/vda 5G in the guest",
                        "  crosvm disk limit web data --iops 500 --bandwidth 50MiB",
                        "  crosvm disk limit web data                   any number again",
                        "  crosvm disk snapshot web data after.qcow2    in the spec from then on: writes: after.qcow2",
                        "  crosvm disk create data.qcow2 20GiB --image-format qcow2",
                        "  crosvm disk info data.qcow2 --image-format qcow2",
                        "  crosvm disk clone --base base.img over.qcow2 whole.qcow2 --image-format qcow2");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel("ACTION")
                .type(String.class)
                .completionCandidates(List.of("resize", "limit", "snapshot", "create", "info", "clone"))
                .description("What to do: resize, limit, snapshot, create, info or clone.")
                .build());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .arity("0..3")
                .paramLabel("[" + MachineArgument.LABEL + "] " + ID + " SIZE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description("A running machine: its name, the file or folder of its spec, or its control socket (with"
                        + " a / in it); default: that of ./vm.yaml, or without that file the only one that is running."
                        + " The disk's ID in the spec; crosvm status lists them. For resize its new size, with a unit:"
                        + " 20GiB, 512MiB; for snapshot the new overlay's path. For create a path and a size, for info a"
                        + " path, for clone the image's path and the copy's.")
                .build());
        FormatOption.addDescribed(
                spec,
                "text, or json: for resize the disk's ID, and its size before and now in bytes; for info what it"
                        + " tells, sizes in bytes. Default: text.",
                "text",
                "json");
        spec.addOption(OptionSpec.builder(SHRINK)
                .description("Allow a smaller size. The data beyond it is lost.")
                .build());
        option(spec, IOPS, "N", "For limit: requests in a second, reads and writes together. Default: any number.");
        option(spec, BANDWIDTH, "SIZE", "For limit: bytes in a second, such as 50MiB. Default: any number.");
        DiskImages.describe(spec);
    }

    static void option(CommandSpec spec, String name, String label, String description) {
        spec.addOption(OptionSpec.builder(name)
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.words(arguments);
        String action = words.get(0);
        OPTIONS.check(arguments, action);
        if (!MACHINE_ACTIONS.contains(action)) {
            return DiskImages.run(arguments, words, streams);
        }
        int last = words.size() - 1;
        if (action.equals("limit")) {
            return limit(arguments, words, streams);
        }
        if (last < 2 || last > 3) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "expected: " + action + " [MACHINE] ID " + (action.equals("snapshot") ? "FILE" : "SIZE"));
        }
        if (action.equals("snapshot")) {
            return snapshot(arguments, words, streams);
        }
        String machine = machine(arguments, last == 3, words, streams);
        String id = words.get(last - 1);
        long size = size("SIZE", words.get(last), arguments);
        boolean shrink = arguments.hasMatchedOption(SHRINK);
        boolean json = FormatOption.isJson(arguments);
        return MachineArgument.forEach(List.of(machine), streams, one -> {
            long before = MachineArgument.with(
                    one, streams, client -> resize(client, MachineArgument.shown(one, streams), id, size, shrink));
            streams.out().println(json ? json(id, before, size) : change(id, before, size));
        });
    }

    /** The machine of the word behind the action if it is named there, else the only one. */
    private static String machine(ParseResult arguments, boolean isNamed, List<String> words, Streams streams) {
        return isNamed
                ? MachineArgument.one(words.get(1), streams)
                : MachineArgument.theOnly(arguments, Kind.RUNNING, streams);
    }

    private static ExitStatus limit(ParseResult arguments, List<String> words, Streams streams) {
        int last = words.size() - 1;
        if (last < 1 || last > 2) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "expected: limit [MACHINE] ID [" + IOPS + " N] [" + BANDWIDTH + " SIZE]");
        }
        String machine = machine(arguments, last == 2, words, streams);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("id", words.get(last));
        if (arguments.hasMatchedOption(IOPS)) {
            request.put("iops", iops(arguments));
        }
        if (arguments.hasMatchedOption(BANDWIDTH)) {
            request.put("bandwidth", size(BANDWIDTH, arguments.matchedOptionValue(BANDWIDTH, ""), arguments));
        }
        return MachineArgument.forEach(
                List.of(machine),
                streams,
                one -> MachineArgument.with(one, streams, client -> client.ask("disk-limit", request)));
    }

    private static long iops(ParseResult arguments) {
        String text = arguments.matchedOptionValue(IOPS, "");
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(), IOPS + ": \"" + text + "\" is not a number from 1 on");
        }
        return Long.parseLong(text);
    }

    private static ExitStatus snapshot(ParseResult arguments, List<String> words, Streams streams) {
        int last = words.size() - 1;
        String machine = machine(arguments, last == 3, words, streams);
        String id = words.get(last - 1);
        Path file = Path.of(words.get(last)).toAbsolutePath().normalize();
        return MachineArgument.forEach(List.of(machine), streams, one -> {
            MachineArgument.with(
                    one,
                    streams,
                    client -> client.ask("disk-snapshot", Map.of("id", id, "file", file.toString()), TIMEOUT));
            streams.out().println(id + ": writes go to " + file + " from now on; in the spec: writes: " + file);
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

    /**
     * A bare number would be MiB, as everywhere else; here, where it may cut off data, it is a question.
     *
     * @param what is given so, for the message
     */
    static long size(String what, String text, ParseResult arguments) {
        try {
            return MemorySize.parseWithUnit(text).bytes();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(arguments.commandSpec().commandLine(), what + ": " + e.getMessage());
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
