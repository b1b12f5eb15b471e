package crosvm.vmm.graph;

import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.BootPlan.Parameter;
import crosvm.vmm.graph.BootPlan.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The kernel command line: what every machine has, the root disk, then the spec's own words. Where the spec says the same
 * thing as we do, our word is left out: Linux lets the later word win for {@code panic=} and {@code root=}, but for {@code
 * console=} it keeps the options of a port's first mention, and for {@code reboot=} it adds the letters up.
 */
final class KernelParameters {
    /** Read by systemd 246 and later, and without any file of the guest's being changed. */
    private static final String HOSTNAME = "systemd.hostname";

    /** Parameters of which only one may stand there. */
    private static final Set<String> EXCLUSIVE = Set.of("console", "reboot", "panic", "root", HOSTNAME);

    private KernelParameters() {}

    static List<Parameter> of(VmSpec spec) {
        List<Parameter> words = new ArrayList<>();
        words.add(new Parameter(console(spec), Source.BASE));
        // The keyboard controller is the quickest reset a guest can reach; after a panic nobody is there to read on.
        words.add(new Parameter("reboot=k", Source.BASE));
        words.add(new Parameter("panic=1", Source.BASE));
        addRoot(spec.disks(), words);
        if (spec.guest().hostname() != null) {
            words.add(new Parameter(HOSTNAME + "=" + spec.guest().hostname(), Source.GUEST));
        }
        List<String> theirs = forTheKernel(spec.kernel().params());
        words.removeIf(ours -> theirs.stream().anyMatch(their -> replaces(their, ours.text())));
        spec.kernel().params().forEach(word -> words.add(new Parameter(word, Source.SPEC)));
        return words;
    }

    /** The spec's words for the kernel: one element may hold several, and what follows {@code --} is init's. */
    private static List<String> forTheKernel(List<String> params) {
        List<String> words = List.of(String.join(" ", params).split(" "));
        int separator = words.indexOf("--");
        return separator < 0 ? words : words.subList(0, separator);
    }

    /** Whether a word of the spec's makes one of ours superfluous. {@code ro} and {@code rw} belong to our {@code root=}. */
    private static boolean replaces(String theirs, String ours) {
        return isRootMode(ours) ? isRootMode(theirs) || key(theirs).equals("root") : sameKey(theirs, ours);
    }

    private static boolean sameKey(String theirs, String ours) {
        return theirs.indexOf('=') > 0 && key(theirs).equals(key(ours)) && EXCLUSIVE.contains(key(ours));
    }

    private static boolean isRootMode(String word) {
        return word.equals("ro") || word.equals("rw");
    }

    private static String key(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }

    private static String console(VmSpec spec) {
        boolean onlyVirtio = spec.console().com1().to() == PortTarget.NONE
                && spec.console().hvc0().to() != PortTarget.NONE;
        return onlyVirtio ? "console=hvc0" : "console=ttyS0";
    }

    private static void addRoot(List<DiskSpec> disks, List<Parameter> words) {
        int root = -1;
        for (int i = 0; i < disks.size(); i++) {
            if (!disks.get(i).root()) {
                continue;
            }
            if (root >= 0) {
                throw new PlanException(
                        "disks." + disks.get(i).id() + ".root",
                        "disk " + disks.get(root).id() + " is already the root disk; keep root: true on one of them");
            }
            root = i;
        }
        if (root >= 0) {
            words.add(new Parameter("root=/dev/" + diskName(root), Source.ROOT));
            words.add(new Parameter(disks.get(root).readOnly() ? "ro" : "rw", Source.ROOT));
        }
    }

    /** Linux's name of a virtio disk: {@code vda} to {@code vdz}, then {@code vdaa}. */
    static String diskName(int index) {
        StringBuilder letters = new StringBuilder();
        for (int rest = index; rest >= 0; rest = rest / 26 - 1) {
            letters.insert(0, (char) ('a' + rest % 26));
        }
        return "vd" + letters;
    }
}
