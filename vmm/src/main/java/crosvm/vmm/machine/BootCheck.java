package crosvm.vmm.machine;

import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.memory.GuestMemory;

/** Loads what a machine boots as its start would, into memory that nobody runs. */
public final class BootCheck {
    private BootCheck() {}

    /** @throws crosvm.vmm.VmmException naming the image and what is wrong with it, or the memory that cannot be had */
    public static void require(DeviceGraph graph) {
        try (GuestMemory memory = GuestMemory.allocate(graph.memoryBytes())) {
            GuestBoot.load(graph, memory, 0, Credentials.of(System.getenv()));
        }
    }
}
