package crosvm.runner.export;

import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.ProcessPlan;

/**
 * How much memory a machine may take of the host in all, in MiB: the guest's, which can all become resident, and that of crosvm's
 * processes. The figures for processes are bounds with room above what was measured, see the document on performance: a limit
 * that is hit ends the machine.
 */
final class MemoryNeed {
    /** The main process: a heap of at most 128 MiB, of which an idle machine uses a tenth. */
    private static final int MAIN = 160;

    /** A jailed process of ours: a JVM with a heap of a few MiB, or qemu-storage-daemon. */
    private static final int JAIL = 48;

    /** Somebody else's program: passt, virtiofsd. */
    private static final int FOREIGN = 32;

    private static final long MIB = 1L << 20;

    private MemoryNeed() {}

    /** Without the guest's memory. */
    static long overhead(DeviceGraph graph) {
        return graph.processes().stream().mapToLong(MemoryNeed::of).sum();
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
        return (graph.memoryBytes() + MIB - 1) / MIB + " MiB of the guest, " + overhead(graph) + " MiB for "
                + (graph.processes().size() == 1
                        ? "the process of crosvm"
                        : "the " + graph.processes().size() + " processes of crosvm");
    }
}
