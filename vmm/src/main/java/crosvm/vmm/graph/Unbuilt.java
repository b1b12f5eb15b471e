package crosvm.vmm.graph;

import java.util.ArrayList;
import java.util.List;

/** What a spec asks for and this version cannot do; each line here goes when its part is built. */
final class Unbuilt {
    private Unbuilt() {}

    static List<NotBuilt> of(List<PciFunction> functions) {
        List<NotBuilt> list = new ArrayList<>();
        functions.stream()
                .filter(f -> !f.built())
                .forEach(f -> list.add(
                        new NotBuilt(f.catalog().title() + " (" + f.id() + ")", "the guest has no such device")));
        return list;
    }
}
