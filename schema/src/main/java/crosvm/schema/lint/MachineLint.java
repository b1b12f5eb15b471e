package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.BuiltinKernel;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.RestartPolicy;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Unwise memory, files and restarts. */
final class MachineLint {
    private static final MemorySize SMALL_MEMORY = MemorySize.ofMib(64);
    private static final MemorySize SUSPICIOUS_MEMORY = MemorySize.ofMib(64 << 10);
    private static final long HUGE_PAGE = 2 << 20;
    private static final Set<String> NOT_RAW =
            Set.of("qcow2", "qcow", "vmdk", "vdi", "vhd", "vhdx", "gz", "xz", "zst", "bz2", "zip", "ova");
    private static final Set<String> NOT_KERNEL =
            Set.of("gz", "xz", "zst", "bz2", "zip", "deb", "rpm", "iso", "img", "qcow2", "tar", "ko");

    private MachineLint() {}

    static void lint(Draft draft) {
        VmSpec spec = draft.spec();
        boolean image = spec.kernel().image() != null && spec.kernel().builtin() == null && draft.sound("kernel.image");
        if (image) {
            kernel(draft);
        }
        memory(draft, image);
        for (int i = 0; i < spec.disks().size(); i++) {
            disk(draft, spec.disks().get(i), "disks[" + i + "].path");
        }
        if (spec.kernel().builtin() == BuiltinKernel.HELLO && spec.restart() == RestartPolicy.ALWAYS) {
            draft.problem(LintRule.RESTART_LOOP, "restart", "the built-in guest ends by itself at once");
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
        String ending = ending(spec.kernel().image());
        if (NOT_KERNEL.contains(ending)) {
            draft.problem(
                    LintRule.NOT_A_KERNEL, "kernel.image", "a ." + ending + " file is not a kernel", "unpack it first");
        }
        boolean known = draft.sound("kernel.initrd") && draft.sound("kernel.params") && draft.sound("disks");
        if (known && !RootLint.hasRoot(spec)) {
            draft.problem(
                    LintRule.NO_ROOT,
                    "kernel.image",
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

    private static void disk(Draft draft, DiskSpec disk, String path) {
        if (!draft.sound(path)) {
            return;
        }
        String ending = ending(disk.path());
        if (NOT_RAW.contains(ending)) {
            draft.problem(
                    LintRule.NOT_RAW_IMAGE,
                    path,
                    "a ." + ending + " file is not a raw image",
                    "convert it first, for example: qemu-img convert -O raw");
        }
        if (!disk.readOnly() && disk.path().startsWith("/dev")) {
            draft.problem(LintRule.HOST_DEVICE, path, "the guest may write to the host's " + disk.path());
        }
    }

    private static String ending(@Nullable Path file) {
        String name = file == null || file.getFileName() == null
                ? ""
                : file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
