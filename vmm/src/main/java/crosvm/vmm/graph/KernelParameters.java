package crosvm.vmm.graph;

import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.BootPlan.Parameter;
import crosvm.vmm.graph.BootPlan.Source;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel command line: what every machine has, the root disk, then the spec's own words. Where two words contradict
 * each other Linux takes the later one, so the spec wins.
 */
final class KernelParameters {
    private KernelParameters() {}

    static List<Parameter> of(VmSpec spec) {
        List<Parameter> words = new ArrayList<>();
        words.add(new Parameter(console(spec), Source.BASE));
        // The keyboard controller is the quickest reset a guest can reach; after a panic nobody is there to read on.
        words.add(new Parameter("reboot=k", Source.BASE));
        words.add(new Parameter("panic=1", Source.BASE));
        addRoot(spec.disks(), words);
        spec.kernel().params().forEach(word -> words.add(new Parameter(word, Source.SPEC)));
        return words;
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
                        "disk " + disks.get(root).id() + " is the root already; leave root: true with one of them");
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
