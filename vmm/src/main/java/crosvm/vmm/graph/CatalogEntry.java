package crosvm.vmm.graph;

import crosvm.schema.model.DeviceSpec;
import crosvm.schema.model.Placement;
import crosvm.vmm.virtio.DeviceType;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * What all devices of a kind share.
 *
 * @param kind the short name: {@code blk}
 * @param title for people: {@code disk}
 * @param type the virtio device type
 * @param built whether this version has the device
 * @param preferred where it runs unless the spec says otherwise
 * @param allowed where it can run
 * @param policy the name of its seccomp policy file; empty: it has none, because it never runs in a jail of ours
 * @param queueNames the names of its queues, in order
 */
public record CatalogEntry(
        String kind,
        String title,
        DeviceType type,
        boolean built,
        Placement preferred,
        Set<Placement> allowed,
        String policy,
        Function<DeviceSpec, List<String>> queueNames) {
    /** Copies the set. */
    public CatalogEntry {
        allowed = Set.copyOf(allowed);
    }
}
