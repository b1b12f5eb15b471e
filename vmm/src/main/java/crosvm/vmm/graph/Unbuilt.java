package crosvm.vmm.graph;

import crosvm.schema.model.Placement;
import crosvm.schema.model.RestartPolicy;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a spec asks for and this version cannot do; each line here goes when its part is built. */
final class Unbuilt {
    private Unbuilt() {}

    static List<NotBuilt> of(VmSpec spec, List<PciFunction> functions) {
        List<NotBuilt> list = new ArrayList<>();
        functions.stream()
                .filter(f -> !f.built())
                .forEach(f -> list.add(
                        new NotBuilt(f.catalog().title() + " (" + f.id() + ")", "the guest has no such device")));
        String jailed = functions.stream()
                .filter(f -> f.built() && f.placement() == Placement.PROCESS)
                .map(PciFunction::id)
                .collect(Collectors.joining(", "));
        if (!DeviceCatalog.JAILS_BUILT && !jailed.isEmpty()) {
            list.add(new NotBuilt("jail (" + jailed + ")", "the device runs inside crosvm's own process"));
        }
        if (spec.control().socket() != null) {
            list.add(new NotBuilt("control.socket", "nothing listens there"));
        }
        if (spec.restart() != RestartPolicy.NO) {
            list.add(new NotBuilt("restart", "the machine is not started again"));
        }
        return list;
    }
}
