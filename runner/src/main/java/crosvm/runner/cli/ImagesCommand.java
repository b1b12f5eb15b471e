package crosvm.runner.cli;

import crosvm.runner.image.BootFolders;
import crosvm.runner.image.CacheFiles;
import crosvm.runner.image.CachedFile;
import crosvm.runner.image.ImageCache;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.TextTable;
import crosvm.schema.json.Json;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.ImageSource;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm images}: lists the images that were pulled, and removes those that are not needed. */
final class ImagesCommand implements Command {
    private static final String FORMAT = "--format";
    private static final List<String> FORMATS = List.of("table", "json");
    private static final String PRUNE = "prune";
    private static final String ALL = "--all";

    @Override
    public String name() {
        return "images";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("List the images that were pulled: size, time, digest of the download, URL. With"
                        + " prune, remove those that neither a given spec nor a running machine uses, downloads that"
                        + " broke off, and kernels copied out of other images (kernel.from: root).")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm images",
                        "  crosvm images prune vm.yaml machines/    keeps what these use",
                        "  crosvm images prune --all                keeps what running machines use");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel(PRUNE)
                .type(String.class)
                .completionCandidates(List.of(PRUNE))
                .description("Remove what is not used.")
                .build());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .arity("0..*")
                .paramLabel("FILE")
                .type(List.class)
                .auxiliaryTypes(java.io.File.class)
                .description("With prune: a spec, or a folder of specs, whose images are kept.")
                .build());
        spec.addOption(OptionSpec.builder(ALL)
                .description("With prune: keep no spec's images.")
                .build());
        spec.addOption(OptionSpec.builder(FORMAT)
                .paramLabel("FORMAT")
                .type(String.class)
                .completionCandidates(FORMATS)
                .defaultValue("table")
                .description("table or json. Default: table.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String format = ChoiceOption.of(arguments, FORMAT, FORMATS);
        List<String> words = MachineArgument.words(arguments);
        CacheFiles files = new CacheFiles(ImageCache.of(streams.environment()));
        if (words.isEmpty()) {
            if (arguments.hasMatchedOption(ALL)) {
                throw wrong(arguments, ALL + " belongs to prune");
            }
            streams.out().print(format.equals("json") ? json(files.all()) : table(files.all()));
            return ExitStatus.OK;
        }
        if (!words.get(0).equals(PRUNE)) {
            throw wrong(arguments, "images " + words.get(0) + ": the only action is " + PRUNE);
        }
        prune(files, words.subList(1, words.size()), arguments, streams);
        return ExitStatus.OK;
    }

    private static ParameterException wrong(ParseResult arguments, String message) {
        return new ParameterException(arguments.commandSpec().commandLine(), message);
    }

    private static void prune(CacheFiles files, List<String> specs, ParseResult arguments, Streams streams) {
        if (specs.isEmpty() != arguments.hasMatchedOption(ALL)) {
            throw wrong(
                    arguments,
                    specs.isEmpty()
                            ? "images prune needs the specs whose images are kept, or " + ALL
                            : "images prune takes specs or " + ALL + ", not both");
        }
        ImageCache cache = ImageCache.of(streams.environment());
        Set<String> kept = new HashSet<>();
        Set<Path> images = new HashSet<>();
        for (InstanceState.Launch launch : running(streams)) {
            kept.addAll(digests(launch));
            images.addAll(images(launch, cache));
        }
        for (LoadedSpec loaded : SpecSource.loadAll(specs, streams)) {
            for (LoadedSpec.Loaded machine : loaded.orThrow()) {
                VmSpec spec = LoadedGroup.spec(machine);
                spec.sources().values().stream().map(ImageSource::digest).forEach(kept::add);
                cache.name(spec).disks().forEach(disk -> images.addAll(images(disk)));
            }
        }
        List<CachedFile> removed = new ArrayList<>(files.prune(kept));
        removed.addAll(new BootFolders(cache).prune(images));
        if (ChoiceOption.of(arguments, FORMAT, FORMATS).equals("json")) {
            streams.out().print(json(removed));
            return;
        }
        removed.forEach(file -> streams.out().println("removed " + file.name() + " " + file.url()));
        long bytes = removed.stream().mapToLong(CachedFile::bytes).sum();
        streams.out().println(removed.size() + " removed, " + size(bytes));
    }

    /** The machines that run. */
    private static List<InstanceState.Launch> running(Streams streams) {
        return StateFolders.of(streams.environment()).all().stream()
                .filter(state -> state.phaseNow().isAlive())
                .map(InstanceState::launch)
                .toList();
    }

    /** Of what a machine uses. */
    private static List<String> digests(InstanceState.Launch launch) {
        return launch.fields().entrySet().stream()
                .filter(field -> field.getKey().matches("(kernel|disks\\[[0-9]+])\\.(source|initrdSource)\\.sha256"))
                .map(field -> field.getValue().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The files that a machine's kernel may have been copied out of. */
    private static List<Path> images(InstanceState.Launch launch, ImageCache cache) {
        List<Path> images = new ArrayList<>();
        digests(launch).forEach(digest -> images.addAll(cache.files(digest)));
        launch.fields().forEach((field, value) -> {
            if (field.matches("disks\\[[0-9]+]\\.(path|writes)")) {
                images.add(launch.folder().resolve(value));
            }
        });
        return images;
    }

    private static List<Path> images(DiskSpec disk) {
        DiskWrites writes = disk.writes();
        return writes != null && writes.kind() == DiskWrites.Kind.FILE
                ? List.of(disk.file(), writes.overlay())
                : List.of(disk.file());
    }

    private static String table(List<CachedFile> files) {
        TextTable table = new TextTable().row("SIZE", "TIME", "DIGEST", "URL");
        for (CachedFile file : files) {
            table.row(
                    size(file.bytes()) + (file.partial() ? ", incomplete" : ""),
                    file.time().toString(),
                    file.name().substring(0, Math.min(12, file.name().length())),
                    file.url().isEmpty() ? "-" : file.url());
        }
        return table.toString();
    }

    private static String size(long bytes) {
        return bytes < 10 << 20 ? (bytes + 1023 >> 10) + "KiB" : (bytes >> 20) + "MiB";
    }

    private static String json(List<CachedFile> files) {
        List<Object> list = new ArrayList<>();
        for (CachedFile file : files) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("path", file.path().toString());
            map.put("url", file.url());
            map.put("complete", !file.partial());
            map.put("size", file.bytes());
            map.put("time", file.time().toString());
            list.add(map);
        }
        return Json.pretty(list);
    }
}
