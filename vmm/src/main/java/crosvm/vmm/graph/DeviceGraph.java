package crosvm.vmm.graph;

import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.OnFailure;
import crosvm.schema.model.OnViolation;
import crosvm.schema.model.RestartPolicy;
import crosvm.schema.model.VsockSpec;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole machine as plain data: what {@code crosvm graph} prints is what {@code crosvm up} runs.
 *
 * @param name the machine's name
 * @param vcpus number of vCPUs
 * @param memoryBytes RAM in all
 * @param addresses the guest-physical address space, in ascending order
 * @param boot what it boots
 * @param legacy the devices of the PC platform
 * @param pci the devices on the PCI bus, in the order of their slots
 * @param processes the main process, then the others
 * @param policyDir a folder with seccomp policies instead of the built-in ones, or null
 * @param onViolation what a forbidden system call of a jailed device leads to
 * @param onFailure what the end of a device's process leads to
 * @param restart when the machine is started again after its end
 * @param controlSocket where the machine is reached while it runs, or a folder for that socket; null: in its state folder
 * @param readiness when it counts as ready, or null: when it runs
 * @param limits how much of the host it may take, at least one of them; null: as much as there is
 * @param host what the machine as a whole takes of the host
 */
public record DeviceGraph(
        String name,
        int vcpus,
        long memoryBytes,
        List<AddressRange> addresses,
        BootPlan boot,
        List<LegacyDevice> legacy,
        List<PciFunctionPlan> pci,
        List<ProcessPlan> processes,
        @Nullable Path policyDir,
        OnViolation onViolation,
        OnFailure onFailure,
        RestartPolicy restart,
        @Nullable Path controlSocket,
        @Nullable ReadinessPlan readiness,
        @Nullable LimitsSpec limits,
        List<HostResource> host) {
    /** Copies the lists. */
    public DeviceGraph {
        addresses = List.copyOf(addresses);
        legacy = List.copyOf(legacy);
        pci = List.copyOf(pci);
        processes = List.copyOf(processes);
        host = List.copyOf(host);
    }

    /**
     * The same with a key that may log in to the guest.
     *
     * @param line of an authorized_keys file
     */
    public DeviceGraph withKey(String line) {
        BootPlan told = boot.with(CredentialPlan.withKey(boot.credentials(), line));
        return new DeviceGraph(
                name,
                vcpus,
                memoryBytes,
                addresses,
                told,
                legacy,
                pci,
                processes,
                policyDir,
                onViolation,
                onFailure,
                restart,
                controlSocket,
                readiness,
                limits,
                host);
    }

    /** The guest's vsock context id; null without that device, and where it is chosen at the start. */
    public @Nullable Long cid() {
        for (PciFunctionPlan function : pci) {
            if (function.spec() instanceof VsockSpec vsock) {
                return vsock.cid();
            }
        }
        return null;
    }
}
