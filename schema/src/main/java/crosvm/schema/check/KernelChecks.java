package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.KernelCommandLine;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.List;

/** Whether kernel, command line and root disk fit together. */
final class KernelChecks {
    /** COMMAND_LINE_SIZE of x86 kernels, without the final zero. */
    private static final int MAX_CMDLINE_BYTES = 2047;
    /** Room kept for what crosvm adds by itself: {@code console=ttyS0 reboot=k panic=1 root=/dev/vda ro} and the like. */
    private static final int ADDED_BYTES = 64;

    private KernelChecks() {}

    static void check(Draft draft) {
        choice(draft);
        if (draft.sound("kernel.params")) {
            params(draft);
        }
        roots(draft);
    }

    private static void choice(Draft draft) {
        KernelSpec kernel = draft.spec().kernel();
        if (!draft.sound("kernel.image")
                || !draft.sound("kernel.source")
                || !draft.sound("kernel.from")
                || !draft.sound("kernel.builtin")) {
            return;
        }
        List<String> given = new ArrayList<>();
        addIf(given, "kernel.image", kernel.image() != null);
        addIf(given, "kernel.source", kernel.source() != null);
        addIf(given, "kernel.from", kernel.from() != null);
        addIf(given, "kernel.builtin", kernel.builtin() != null);
        if (given.isEmpty()) {
            draft.problem(
                    SpecRule.KERNEL_CHOICE,
                    "kernel",
                    "has neither image, source, from nor builtin",
                    "give one of the four");
        } else if (given.size() > 1) {
            draft.problem(
                    SpecRule.KERNEL_CHOICE,
                    given.get(1),
                    "stands beside " + given.get(0) + " (" + draft.place(given.get(0)) + ")",
                    "give one of the two");
        } else if (kernel.builtin() != null) {
            builtin(draft, kernel);
        } else if (kernel.from() != null) {
            fromRoot(draft, kernel);
        }
    }

    private static void addIf(List<String> given, String field, boolean there) {
        if (there) {
            given.add(field);
        }
    }

    private static void fromRoot(Draft draft, KernelSpec kernel) {
        if (kernel.initrd() != null || kernel.initrdSource() != null) {
            draft.problem(
                    SpecRule.FROM_ROOT,
                    kernel.initrd() != null ? "kernel.initrd" : "kernel.initrdSource",
                    "stands beside kernel.from, which brings its own initrd",
                    "give one of the two");
        }
        if (draft.sound("disks") && draft.spec().disks().stream().noneMatch(DiskSpec::root)) {
            draft.problem(
                    SpecRule.FROM_ROOT,
                    "kernel.from",
                    "no disk is the root",
                    "write root: true at the disk whose boot loader is meant");
        }
    }

    private static void builtin(Draft draft, KernelSpec kernel) {
        if (kernel.hasInitrd()) {
            draft.problem(
                    SpecRule.BUILTIN_EXTRAS,
                    kernel.initrd() != null ? "kernel.initrd" : "kernel.initrdSource",
                    "a built-in guest takes no initrd");
        }
        if (!kernel.params().isEmpty()) {
            draft.problem(SpecRule.BUILTIN_EXTRAS, "kernel.params", "a built-in guest takes no parameters");
        }
        if (!draft.spec().guest().isEmpty()) {
            draft.problem(
                    SpecRule.BUILTIN_EXTRAS,
                    "guest",
                    "a built-in guest has no systemd that reads this",
                    "remove guest, or boot an image");
        }
    }

    private static void params(Draft draft) {
        List<String> params = draft.spec().kernel().params();
        int length = ADDED_BYTES;
        String root = "";
        boolean forInit = false;
        for (int i = 0; i < params.size(); i++) {
            String path = "kernel.params[" + i + "]";
            String param = params.get(i);
            length += param.length() + 1;
            if (!isPrintableAscii(param)) {
                draft.problem(
                        SpecRule.CMDLINE_CHARACTER,
                        path,
                        "has a control or non-ASCII character in it",
                        "use printable ASCII");
            }
            if (quotes(param) % 2 != 0) {
                draft.problem(SpecRule.CMDLINE_QUOTE, path, "has a double quote that is not closed");
            }
            for (String word : KernelCommandLine.words(param)) {
                // What follows -- is handed to init.
                forInit |= word.equals("--");
                if (!forInit && word.startsWith("root=")) {
                    rootParam(draft, path, root);
                    root = path;
                }
            }
        }
        if (length > MAX_CMDLINE_BYTES) {
            draft.problem(
                    SpecRule.CMDLINE_TOO_LONG,
                    "kernel.params",
                    "makes a command line of about " + length + " bytes; " + MAX_CMDLINE_BYTES + " is the most");
        }
    }

    private static boolean isPrintableAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static int quotes(String text) {
        int quotes = 0;
        for (int i = 0; i < text.length(); i++) {
            quotes += text.charAt(i) == '"' ? 1 : 0;
        }
        return quotes;
    }

    private static void rootParam(Draft draft, String path, String before) {
        List<DiskSpec> disks = draft.spec().disks();
        for (int i = 0; i < disks.size(); i++) {
            if (disks.get(i).root()) {
                draft.problem(
                        SpecRule.ROOT_TWICE,
                        path,
                        "root= is added for disks[" + i + "] already (root: true at "
                                + draft.place("disks[" + i + "].root") + ")",
                        "leave out one of the two");
                return;
            }
        }
        if (!before.isEmpty()) {
            draft.problem(SpecRule.ROOT_TWICE, path, "root= stands already at " + draft.place(before));
        }
    }

    private static void roots(Draft draft) {
        VmSpec spec = draft.spec();
        int first = -1;
        for (int i = 0; i < spec.disks().size(); i++) {
            if (!spec.disks().get(i).root()) {
                continue;
            }
            if (first >= 0) {
                draft.problem(
                        SpecRule.TWO_ROOTS,
                        "disks[" + i + "].root",
                        "disks[" + first + "] is the root already (" + draft.place("disks[" + first + "].root") + ")",
                        "only one disk can have root: true");
            } else {
                first = i;
            }
        }
    }
}
