package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.BuiltinKernel;
import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.ImageSource;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.RestartPolicy;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Unwise memory, files and restarts. */
final class MachineLint {
    private static final MemorySize SMALL_MEMORY = MemorySize.ofMib(64);
    private static final MemorySize SUSPICIOUS_MEMORY = MemorySize.ofMib(64 << 10);
    private static final long HUGE_PAGE = 2 << 20;
    private static final Set<String> NOT_RAW =
            Set.of("qcow2", "qcow", "vmdk", "vdi", "vhd", "vhdx", "gz", "xz", "zst", "bz2", "zip", "ova");
    private static final Set<String> SERVED = Set.of("qcow2", "vmdk", "vdi", "vhdx");
    private static final Set<String> NOT_KERNEL =
            Set.of("gz", "xz", "zst", "bz2", "zip", "deb", "rpm", "iso", "img", "qcow2", "tar", "ko");

    private MachineLint() {}

    static void lint(Draft draft) {
        VmSpec spec = draft.spec();
        boolean image = spec.kernel().isImage() && draft.sound("kernel.image") && draft.sound("kernel.source");
        if (image) {
            kernel(draft);
        }
        memory(draft, image);
        for (int i = 0; i < spec.disks().size(); i++) {
            disk(draft, spec.disks().get(i), "disks[" + i + "]");
        }
        if (spec.kernel().builtin() == BuiltinKernel.HELLO && spec.restart() == RestartPolicy.ALWAYS) {
            draft.problem(
                    LintRule.RESTART_LOOP,
                    "restart",
                    "the built-in guest ends by itself at once",
                    "builtin: idle stays until it is told to end");
        }
        if (spec.console().com1().to() == PortTarget.NONE
                && spec.console().hvc0().to() == PortTarget.NONE) {
            draft.problem(
                    LintRule.NO_CONSOLE,
                    "console.com1",
                    "nothing of what the guest says can be seen",
                    "lead it to a file");
        }
    }

    private static void kernel(Draft draft) {
        VmSpec spec = draft.spec();
        Path path = spec.kernel().image();
        ImageSource source = spec.kernel().source();
        String field = path != null ? "kernel.image" : source != null ? "kernel.source" : "kernel.from";
        String ending = path != null ? ending(path) : source != null ? ending(source) : "";
        if (NOT_KERNEL.contains(ending)) {
            draft.problem(LintRule.NOT_A_KERNEL, field, "a ." + ending + " file is not a kernel", "unpack it first");
        }
        boolean known = draft.sound("kernel.initrd")
                && draft.sound("kernel.initrdSource")
                && draft.sound("kernel.params")
                && draft.sound("disks");
        if (known && !RootLint.hasRoot(spec)) {
            draft.problem(
                    LintRule.NO_ROOT,
                    field,
                    "has no initrd, no disk with root: true and no root= parameter",
                    "give one of the three");
        }
    }

    private static void memory(Draft draft, boolean image) {
        VmSpec spec = draft.spec();
        MemorySize memory = spec.memory();
        if (!draft.sound("memory")) {
            return;
        }
        if (image && memory.compareTo(SMALL_MEMORY) < 0) {
            draft.problem(LintRule.SMALL_MEMORY, "memory", memory + " is little for a Linux", "give 128MiB or more");
        }
        if (memory.compareTo(SUSPICIOUS_MEMORY) >= 0 && draft.written("memory").matches("\"?[0-9]+\"?")) {
            draft.problem(
                    LintRule.MEMORY_UNIT,
                    "memory",
                    "a plain number is MiB, this is " + memory,
                    "write it with its unit");
        }
        if (memory.bytes() % HUGE_PAGE != 0) {
            draft.problem(LintRule.MEMORY_ALIGNMENT, "memory", memory + " is not a whole number of 2MiB");
        }
        MemorySize balloon = spec.balloon().initial();
        if (balloon.compareTo(memory) < 0 && balloon.bytes() > memory.bytes() / 4 * 3) {
            draft.problem(
                    LintRule.BALLOON_LARGE,
                    "balloon.initial",
                    balloon + " of " + memory + " are in the balloon from the start");
        }
    }

    private static void disk(Draft draft, DiskSpec disk, String field) {
        Path path = disk.path();
        ImageSource source = disk.source();
        String at = field + (path == null ? ".source" : ".path");
        if (!draft.sound(at)) {
            return;
        }
        String ending = path != null ? ending(path) : source != null ? ending(source) : "";
        if (disk.format() == DiskFormat.RAW && draft.sound(field + ".format") && NOT_RAW.contains(ending)) {
            boolean known = SERVED.contains(ending);
            draft.problem(
                    LintRule.NOT_RAW_IMAGE,
                    at,
                    "a ." + ending + " file is not a raw image",
                    known ? "say what it is: format: " + ending : "unpack or convert it first");
        }
        if (path != null && !disk.keepsImage() && path.startsWith("/dev")) {
            draft.problem(LintRule.HOST_DEVICE, at, "the guest may write to the host's " + path);
        }
    }

    /** The ending of what is there once it is unpacked; of a tar file nobody knows. */
    private static String ending(ImageSource source) {
        return switch (source.packing()) {
            case NONE -> ending(source.fileName());
            case COMPRESSED -> ending(source.fileName().replaceFirst("\\.[a-z]+$", ""));
            case TAR -> "";
        };
    }

    private static String ending(Path file) {
        return file.getFileName() == null ? "" : ending(file.getFileName().toString());
    }

    private static String ending(String name) {
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
