package crosvm.vmm.module;

import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.List;

/**
 * A kind whose devices can run both on a thread of the VMM and in a jailed process of ours. The VMM opens what the device needs
 * of the host; whoever is to run it makes the device of that.
 *
 * @param <S> the record of the spec that becomes such a device
 * @param <P> what it is made of
 */
public interface HostedModule<S extends DeviceSpec, P extends DeviceParts> extends DeviceModule<S> {
    /**
     * Opens what the device needs of the host; in the VMM.
     *
     * @throws crosvm.vmm.VmmException naming the file or interface, what is wrong with it and what to do
     */
    P open(S spec);

    /** Reads what {@link DeviceParts#write} wrote; in a device process. */
    P read(PartsReader reader);

    /**
     * Makes the device: {@code new ThreadBackend(device)} for a {@link crosvm.vmm.virtio.VirtioDevice}, or a back-end in the
     * kernel. It takes over the descriptors.
     */
    VirtioBackend make(P parts);

    /** How far the device may write into files that it gets later, in bytes; the images it is made of count by themselves. */
    default long writtenFileBytes() {
        return 0;
    }

    /** Bytes of the device's configuration space, which the front-end of a process must know before it asks. */
    default int configSize() {
        return 0;
    }

    /**
     * For a device process before its door closes: devices of this kind, of all the classes that there are, on descriptors of
     * no consequence (a memfd, a socket pair), and requests that go through all their code. A class that is not loaded then
     * cannot be loaded afterwards, nor a thread started. Called more than once.
     */
    List<Rehearsal> rehearsals();

    @Override
    default PendingBackend begin(S spec, PciFunctionPlan plan, DeviceSite site) {
        return site.host(plan, this, open(spec));
    }
}
