package crosvm.runner.cli;

import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * The spec of a machine beside any others, of which nothing stays: a name and a context id of its own, what is written to disks
 * discarded. Used by one thread.
 *
 * @param flags those of the command line; more are added
 * @param disks how many disks they make
 */
record ThrowAwaySpec(SpecFlags flags, int disks) {
    private static final int SUFFIX_LENGTH = 6;
    private static final int MAX_NAME = 63;

    /** From a spec, its folder, or the image of a root disk. */
    LoadResult load(String word, Streams streams) {
        boolean isFolder = Files.isDirectory(Path.of(word));
        String file = isFolder ? SpecFiles.one(Path.of(word)) : word;
        boolean isSpec = isFolder || word.endsWith(".yaml") || word.endsWith(".yml");
        if (!isSpec) {
            image(word);
        }
        LoadResult first = load(isSpec, file, streams);
        VmSpec spec = first.spec();
        if (spec == null) {
            return first;
        }
        if (!flags.isNamed()) {
            flags.builder().flag("--name", uniqueName(isSpec ? spec.name() : "run"));
        }
        set("vsock.cid", "auto");
        set("restart", "no");
        flags.builder().unset("control", RunCommand.RM);
        for (int i = 0; i < spec.disks().size(); i++) {
            if (keeps(spec.disks().get(i))) {
                set("disks." + i + ".writes", "discard");
            }
        }
        return load(isSpec, file, streams);
    }

    private static boolean keeps(DiskSpec disk) {
        DiskWrites writes = disk.writes();
        return !disk.readOnly() && (writes == null || writes.kind() == DiskWrites.Kind.KEEP);
    }

    private void image(String path) {
        String item = "disks." + disks;
        set(item + ".path", path);
        set(item + ".root", "true");
        set(item + ".readOnly", "false");
        List<String> words = flags.words();
        if (words.stream().noneMatch(word -> word.startsWith("--kernel=") || word.startsWith("kernel"))) {
            set("kernel.from", "root");
        }
    }

    private void set(String path, String value) {
        flags.builder().set(path, value, RunCommand.RM);
    }

    private LoadResult load(boolean isSpec, String file, Streams streams) {
        return isSpec
                ? SpecSource.load(file, flags.overrides(), streams)
                : SpecLoader.withEnvironment(streams.environment()).build(RunCommand.SPEC_NAME, flags.overrides());
    }

    private static String uniqueName(String base) {
        String suffix = "-" + UUID.randomUUID().toString().substring(0, SUFFIX_LENGTH);
        return base.substring(0, Math.min(base.length(), MAX_NAME - suffix.length())) + suffix;
    }
}
