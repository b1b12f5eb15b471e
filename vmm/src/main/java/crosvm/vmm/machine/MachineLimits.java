package crosvm.vmm.machine;

import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.LimitsSpec;
import crosvm.vmm.cgroup.CgroupHost;
import crosvm.vmm.cgroup.MachineCgroup;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunctionPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The limits of a machine's spec on this host: whether they can be enforced, and putting this process under them. */
public final class MachineLimits {
    private MachineLimits() {}

    /**
     * Puts this process, whose machine this is, and all that it starts from now on under the limits; nothing for a machine without.
     * Once in a process's life.
     *
     * @throws crosvm.vmm.VmmException when this host cannot enforce them, with why and what to do
     */
    public static void enter(DeviceGraph graph) {
        LimitsSpec limits = graph.limits();
        if (limits != null) {
            MachineCgroup.enter(graph.name(), limits, disks(graph), System.getenv());
        }
    }

    /**
     * Whether they can be enforced; null for a machine without. Changes nothing.
     *
     * @throws crosvm.vmm.VmmException when a disk's file is on no block device that could be limited
     */
    public static CgroupHost.@Nullable Answer look(DeviceGraph graph) {
        LimitsSpec limits = graph.limits();
        return limits == null ? null : CgroupHost.ofThisProcess(System.getenv()).answer(limits, disks(graph));
    }

    private static List<Path> disks(DeviceGraph graph) {
        List<Path> files = new ArrayList<>();
        for (PciFunctionPlan function : graph.pci()) {
            if (function.spec() instanceof DiskSpec disk) {
                files.add(disk.file());
                DiskWrites writes = disk.writes();
                if (writes != null && writes.kind() == DiskWrites.Kind.FILE) {
                    files.add(writes.overlay());
                }
            }
        }
        return files;
    }
}
