package crosvm.runner.export;

import crosvm.schema.model.MachineOverhead;
import crosvm.schema.model.NetworkSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.ProcessPlan;

/**
 * How much memory a machine may take of the host in all, in MiB: the guest's, which can all become resident, and that of crosvm's
 * processes. The figures for processes are bounds with room above what {@code .ci/bench-memory} measured of working ones,
 * see the document on performance: a limit that is hit ends the machine.
 */
final class MemoryNeed {
    private static final long MIB = 1L << 20;

    private MemoryNeed() {}

    /** Without the guest's memory. */
    static long overhead(DeviceGraph graph) {
        return graph.processes().stream().mapToLong(MemoryNeed::of).sum()
                + MachineOverhead.PASST_MIB * passts(graph)
                + MachineOverhead.NETWORK_MIB * networks(graph);
    }

    /** Networks between machines, whose processes are those of the machine that is first on them. */
    private static long networks(DeviceGraph graph) {
        return graph.pci().stream()
                .filter(function -> function.spec() instanceof NetworkSpec card && card.network() != null)
                .count();
    }

    /** Runs beside a device's process, whose plan does not have it. */
    private static long passts(DeviceGraph graph) {
        return graph.pci().stream()
                .flatMap(function -> function.host().stream())
                .filter(resource -> resource.kind() == HostResource.Kind.PROGRAM
                        && resource.name().equals("passt"))
                .count();
    }

    /** With the guest's memory. */
    static long whole(DeviceGraph graph) {
        return Math.addExact((graph.memoryBytes() + MIB - 1) / MIB, overhead(graph));
    }

    private static int of(ProcessPlan process) {
        return switch (process.kind()) {
            case MAIN -> MachineOverhead.MAIN_MIB;
            case JAIL -> MachineOverhead.JAIL_MIB;
            case FOREIGN -> MachineOverhead.FOREIGN_MIB;
        };
    }

    /** What the figure is made of, for a comment. */
    static String explain(DeviceGraph graph) {
        long processes = graph.processes().size() + passts(graph) + networks(graph);
        return (graph.memoryBytes() + MIB - 1) / MIB + " MiB of the guest, " + overhead(graph) + " MiB for "
                + (processes == 1 ? "the process of crosvm" : "the " + processes + " processes of crosvm");
    }
}
