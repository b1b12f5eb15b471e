package crosvm.vmm.graph;

import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VhostMode;
import crosvm.schema.model.VsockSpec;
import crosvm.schema.model.WaylandSpec;
import java.util.ArrayList;
import java.util.List;

/** The descriptors a device's process is handed for the device itself, for people. */
public final class HandedDescriptors {
    private HandedDescriptors() {}

    /** One line each, in the order in which they are handed over. */
    public static List<String> of(PciFunction function) {
        if (function.spec() instanceof DiskSpec disk) {
            return List.of(disk.path() + (disk.readOnly() ? ", to read, locked" : ", to read and write, locked"));
        }
        if (function.spec() instanceof NetworkSpec network) {
            return ofNetwork(network);
        }
        if (function.spec() instanceof VsockSpec vsock) {
            return List.of("/dev/vhost-vsock, context id " + vsock.cid() + " taken");
        }
        if (function.spec() instanceof WaylandSpec) {
            return List.of("a channel to the main process, which connects to the compositor and maps memory");
        }
        return List.of();
    }

    private static List<String> ofNetwork(NetworkSpec network) {
        if (network.user()) {
            return List.of("a stream to passt");
        }
        String tap = network.tap() != null ? network.tap() : network.id();
        List<String> handed = new ArrayList<>();
        for (int i = 0; i < network.queues(); i++) {
            handed.add("queue " + i + " of tap " + tap);
        }
        for (int i = 0; network.vhost() != VhostMode.OFF && i < network.queues(); i++) {
            handed.add("/dev/vhost-net for queue " + i + (network.vhost() == VhostMode.AUTO ? ", if it is there" : ""));
        }
        return handed;
    }
}
