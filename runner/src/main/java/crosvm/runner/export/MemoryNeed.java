package crosvm.runner.export;

import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.ProcessPlan;

/**
 * How much memory a machine may take of the host in all, in MiB: the guest's, which can all become resident, and that of crosvm's
 * processes. The figures for processes are bounds with room above what {@code .ci/bench-memory} measured of working ones,
 * see the document on performance: a limit that is hit ends the machine.
 */
final class MemoryNeed {
    /**
     * The main process, 50 MiB at most while it works, and what an engine starts beside it in the same control group: two
     * commands at once, a probe and {@code crosvm down}, of 55 MiB each with what they share.
     */
    private static final int MAIN = 160;

    /**
     * A jailed process of ours, a JVM: 33 MiB at most while it works; or qemu-storage-daemon: 5 MiB, and a cache of up to 32 MiB
     * for the tables of a large qcow2 image.
     */
    private static final int JAIL = 48;

    /** A device that is somebody else's program: virtiofsd. */
    private static final int FOREIGN = 32;

    /** What a network with {@code user: true} starts: 29 MiB before there is traffic, and 68 MiB of buffers in all. */
    private static final int PASST = 80;

    private static final long MIB = 1L << 20;

    private MemoryNeed() {}

    /** Without the guest's memory. */
    static long overhead(DeviceGraph graph) {
        return graph.processes().stream().mapToLong(MemoryNeed::of).sum() + PASST * passts(graph);
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
            case MAIN -> MAIN;
            case JAIL -> JAIL;
            case FOREIGN -> FOREIGN;
        };
    }

    /** What the figure is made of, for a comment. */
    static String explain(DeviceGraph graph) {
        long processes = graph.processes().size() + passts(graph);
        return (graph.memoryBytes() + MIB - 1) / MIB + " MiB of the guest, " + overhead(graph) + " MiB for "
                + (processes == 1 ? "the process of crosvm" : "the " + processes + " processes of crosvm");
    }
}
