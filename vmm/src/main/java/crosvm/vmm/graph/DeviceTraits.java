package crosvm.vmm.graph;

import crosvm.schema.model.PortSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.vmm.virtio.DeviceType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a plan says about a device because of its kind. Pure: a function of the spec that looks nothing up. Where a device can
 * run and its policy are checked with the spec already, so the spec's own records say them.
 *
 * @param <S> the record of the spec that becomes such a device
 */
public interface DeviceTraits<S extends DeviceSpec> {
    /** Whose traits these are. */
    DeviceKind kind();

    /** For people: {@code disk}. */
    String title();

    /** The virtio device type. */
    DeviceType type();

    /** The names of its virtqueues in order, as virtio calls them. */
    List<String> queues(S spec);

    /** The same in a machine of so many vCPUs. */
    default List<String> queues(S spec, int cpus) {
        return queues(spec);
    }

    /** The virtio device ID; another than the type's for devices whose number is not settled. */
    default int virtioId(S spec) {
        return type().id();
    }

    /** What it takes of the host, by name. */
    default List<HostResource> host(S spec) {
        return List.of();
    }

    /** The descriptors that a device process of ours is handed for it, in order, for people. */
    default List<String> handed(S spec) {
        return List.of();
    }

    /** How many descriptors a device process of ours may come to hold for it, besides those of every device. */
    default int heldDescriptors() {
        return 0;
    }

    /** How far a device process of ours may write into files for it, for people; null: not at all. */
    default @Nullable String writes(S spec) {
        return null;
    }

    /** The program of somebody else's that is the device; null: it is ours. */
    default @Nullable String program(S spec) {
        return null;
    }

    /** Where it leads if it is a console; else null. */
    default @Nullable PortSpec port(S spec) {
        return null;
    }

    /** Whether it shows the guest memory while that runs, and so needs room in the address space. */
    default boolean sharesMemory() {
        return false;
    }

    /**
     * A part of the spec as this kind's record.
     *
     * @throws IllegalArgumentException when it is another kind's
     */
    @SuppressWarnings("unchecked")
    default S own(DeviceSpec spec) {
        if (spec.kind() != kind()) {
            throw new IllegalArgumentException(spec + " is not of kind " + kind());
        }
        return (S) spec;
    }
}
