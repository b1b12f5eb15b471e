package crosvm.vmm.graph;

import crosvm.schema.model.Placement;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.vmm.virtio.DeviceType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A virtio device on the PCI bus (virtio 1.2 §4.1).
 *
 * @param address its slot
 * @param spec what the spec says about it
 * @param title what it is, for people
 * @param type the virtio device type
 * @param virtioId the virtio device ID; the PCI device ID is 0x1040 more
 * @param bars its windows
 * @param intxGsi the interrupt line of its INTA pin
 * @param msix its message-signalled interrupts
 * @param queues its virtqueues, in order
 * @param placement where its back-end runs
 * @param program the program of somebody else's that is its back-end, or null
 * @param port where it leads if it is a console, or null
 * @param handed the descriptors that a process of ours is handed for it, in order, for people
 * @param heldDescriptors how many descriptors a process of ours may come to hold for it, besides those of every device
 * @param writes how far a process of ours may write into files for it, for people; null: not at all
 * @param host what it takes of the host
 */
public record PciFunctionPlan(
        PciAddress address,
        DeviceSpec spec,
        String title,
        DeviceType type,
        int virtioId,
        List<Bar> bars,
        int intxGsi,
        Msix msix,
        List<QueuePlan> queues,
        Placement placement,
        @Nullable String program,
        @Nullable PortSpec port,
        List<String> handed,
        int heldDescriptors,
        @Nullable String writes,
        List<HostResource> host) {
    /** The vendor ID of all virtio devices. */
    public static final int VENDOR = 0x1af4;

    /** Copies the lists. */
    public PciFunctionPlan {
        bars = List.copyOf(bars);
        queues = List.copyOf(queues);
        handed = List.copyOf(handed);
        host = List.copyOf(host);
    }

    /** Its name, unique in the machine: the id in the spec, or the kind where there is only one. */
    public String id() {
        return spec.id();
    }

    /** What kind of device it is. */
    public DeviceKind kind() {
        return spec.kind();
    }

    /** For messages: {@code blk root}, {@code rng}. */
    public String name() {
        return kind().word().equals(id()) ? id() : kind().word() + " " + id();
    }

    /** The file name of the seccomp policy that binds it; empty when it does not run in a jail of ours. */
    public String policy() {
        return placement == Placement.PROCESS ? spec.policy() : "";
    }

    /** The PCI device ID of a modern virtio device. */
    public int deviceId() {
        return 0x1040 + virtioId;
    }
}
