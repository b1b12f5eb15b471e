package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.KernelCommandLine;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.VmSpec;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the root file system that kernel parameters name is there, and may be written when it is to be. */
final class RootLint {
    /** Disks of virtio-blk, with the number of a partition. */
    private static final Pattern VIRTIO_DISK = Pattern.compile("/dev/vd([a-z]{1,3})[0-9]*");
    /** Linux's names of disks behind controllers that crosvm does not have. */
    private static final Pattern OTHER_DISK =
            Pattern.compile("/dev/((sd|hd|xvd)[a-z]+[0-9]*|(nvme|mmcblk|sr|pmem|mtdblock|fd)[0-9].*|cdrom|dvd)");
    /** Names that are looked for on the disks there are. */
    private static final Pattern BY_CONTENT = Pattern.compile("(PART)?(UUID|LABEL)=.*|/dev/disk/.*");

    private final Draft draft;
    private final VmSpec spec;
    private String type = "";

    private RootLint(Draft draft) {
        this.draft = draft;
        this.spec = draft.spec();
    }

    static void lint(Draft draft) {
        if (!draft.sound("kernel.params") || !draft.sound("disks") || !draft.sound("shares")) {
            return;
        }
        RootLint lint = new RootLint(draft);
        List<String> params = draft.spec().kernel().params();
        String root = "";
        String rootAt = "";
        String writableAt = "";
        for (int i = 0; i < params.size(); i++) {
            String path = "kernel.params[" + i + "]";
            for (String word : KernelCommandLine.words(params.get(i))) {
                if (word.equals("--")) {
                    lint.root(root, rootAt, writableAt);
                    return; // the rest is handed to init
                }
                if (word.startsWith("root=")) {
                    root = word.substring(5).replace("\"", "");
                    rootAt = path;
                } else if (word.equals("rw")) {
                    writableAt = path;
                } else if (word.equals("ro")) {
                    writableAt = "";
                } else if (word.startsWith("rootfstype=")) {
                    lint.type = word.substring(11);
                }
            }
        }
        lint.root(root, rootAt, writableAt);
    }

    private void root(String root, String rootAt, String writableAt) {
        if (!root.isEmpty()) {
            exists(root, rootAt);
        }
        int index = rootDisk(root);
        if (!writableAt.isEmpty() && index >= 0 && spec.disks().get(index).readOnly()) {
            draft.problem(
                    LintRule.ROOT_READ_ONLY,
                    writableAt,
                    "the root disk is read-only",
                    "set disks[" + index + "].readOnly: false, or leave rw out");
        }
    }

    /** The disk that is the root by its own word or by the parameter's, or -1. */
    private int rootDisk(String root) {
        for (int i = 0; i < spec.disks().size(); i++) {
            if (spec.disks().get(i).root()) {
                return i;
            }
        }
        int index = virtioIndex(root);
        return index < spec.disks().size() ? index : -1;
    }

    private void exists(String root, String path) {
        int index = virtioIndex(root);
        boolean noDisks = spec.disks().isEmpty();
        if (index >= spec.disks().size()) {
            tell(path, "root=" + root + " does not exist: " + disks());
        } else if (OTHER_DISK.matcher(root).matches()) {
            tell(path, "root=" + root + " does not exist: a disk of crosvm is /dev/vda, /dev/vdb … in the guest");
        } else if (BY_CONTENT.matcher(root).matches()
                && noDisks
                && spec.networks().isEmpty()) {
            tell(path, "root=" + root + " does not exist: the machine has no disks");
        } else if (root.equals("/dev/nfs") && spec.networks().isEmpty()) {
            tell(path, "root=/dev/nfs does not exist: the machine has no networks");
        } else if (type.equals("virtiofs")
                && spec.shares().stream().noneMatch(s -> s.tag().equals(root))) {
            tell(path, "root=" + root + " with rootfstype=virtiofs does not exist: no share has that tag");
        }
    }

    private void tell(String path, String message) {
        draft.problem(
                LintRule.ROOT_ABSENT, path, message, "write root: true at the disk, and crosvm adds the right root=");
    }

    private String disks() {
        int count = spec.disks().size();
        if (count == 0) {
            return "the machine has no disks";
        }
        return "the machine has "
                + (count == 1 ? "one disk, /dev/vda" : count + " disks, /dev/vda to /dev/" + name(count - 1));
    }

    private static String name(int index) {
        return index < 26
                ? "vd" + (char) ('a' + index)
                : "vd" + (char) ('a' + index / 26 - 1) + (char) ('a' + index % 26);
    }

    /** The position of the disk with this name in the guest, or -1 for other names. */
    private static int virtioIndex(String root) {
        Matcher disk = VIRTIO_DISK.matcher(root);
        if (!disk.matches()) {
            return -1;
        }
        int index = 0;
        for (char letter : disk.group(1).toCharArray()) {
            index = index * 26 + letter - 'a' + 1;
        }
        return index - 1;
    }

    /** Whether the kernel is told of a root file system, or brings one along. */
    static boolean hasRoot(VmSpec spec) {
        return spec.kernel().hasInitrd()
                || spec.disks().stream().anyMatch(DiskSpec::root)
                || spec.kernel().params().stream()
                        .flatMap(p -> KernelCommandLine.words(p).stream())
                        .anyMatch(w -> w.startsWith("root=") || w.startsWith("rdinit="));
    }
}
