package crosvm.vmm.graph;

import crosvm.schema.model.RestartPolicy;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.List;

/** What a spec asks for and this version cannot do; each line here goes when its part is built. */
final class Unbuilt {
    private Unbuilt() {}

    static List<NotBuilt> of(VmSpec spec, List<PciFunction> functions) {
        List<NotBuilt> list = new ArrayList<>();
        functions.stream()
                .filter(f -> !f.built())
                .forEach(f -> list.add(
                        new NotBuilt(f.catalog().title() + " (" + f.id() + ")", "the guest has no such device")));
        if (spec.restart() != RestartPolicy.NO) {
            list.add(new NotBuilt("restart", "the machine is not started again"));
        }
        return list;
    }
}
