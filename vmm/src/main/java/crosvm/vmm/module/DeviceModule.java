package crosvm.vmm.module;

import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.vmm.graph.DeviceTraits;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.metrics.Traffic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that differs by kind of device and that the spec's record does not say: the traits that are planned with, and how
 * a device comes to be. A kind that runs both on a thread and in a jailed process of ours is a {@link HostedModule}; any other
 * (it needs the machine's memory or terminal, or is somebody else's program) begins in its own way. Modules have no state.
 *
 * @param <S> the record of the spec that becomes such a device
 */
public interface DeviceModule<S extends DeviceSpec> extends DeviceTraits<S> {
    /**
     * Opens what a device needs of the host, so that a wrong file is told before anything else is done, and starts its process
     * if it has one.
     *
     * @param site the machine in which it is to be
     * @throws crosvm.vmm.VmmException naming the file or interface, what is wrong with it and what to do
     */
    PendingBackend begin(S spec, PciFunctionPlan plan, DeviceSite site);

    /** What such devices may need of the host: for {@code crosvm doctor}. */
    default List<HostNeed> needs() {
        return List.of();
    }

    /** What passes through such a device, for its figures. */
    default Traffic traffic() {
        return Traffic.NONE;
    }

    /**
     * Tries what {@link #begin} would open, and lets go of it: for {@code crosvm doctor}.
     *
     * @return what was found, for people; null when a look at {@link #host} says as much
     * @throws crosvm.vmm.VmmException as {@link #begin} would
     */
    default @Nullable String probe(S spec) {
        return null;
    }
}
