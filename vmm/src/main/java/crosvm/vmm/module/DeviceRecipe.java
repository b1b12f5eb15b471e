package crosvm.vmm.module;

import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.List;

/**
 * How devices of one kind come to be that can run both on a thread of the VMM and in a jailed process of ours. The VMM opens
 * what the device needs of the host; whoever is to run it makes the device of that. A kind's line in {@code DeviceRecipes}
 * is all that names its recipe. Recipes have no state.
 */
public interface DeviceRecipe {
    /** Bytes of one part of a request of a rehearsal. */
    int MAX_PART = 4096;

    /**
     * Opens what the device needs of the host; in the VMM, before anything else is done for the machine.
     *
     * @throws crosvm.vmm.VmmException naming the file or interface, what is wrong with it and what to do
     */
    DeviceParts open(PciFunction plan);

    /**
     * Makes the device: {@code new ThreadBackend(device)} for a {@link crosvm.vmm.virtio.VirtioDevice}, or a back-end in the
     * kernel. It takes over the descriptors.
     */
    VirtioBackend make(DeviceParts parts);

    /** How far the device may write into files that it gets later, in bytes; the images it is made of count by themselves. */
    default long writtenFileBytes() {
        return 0;
    }

    /** Bytes of the device's configuration space, which the front-end of a process must know before it asks. */
    int configSize(PciFunction plan);

    /**
     * For a device process before its door closes: a device of this kind on descriptors of no consequence (a memfd, a socket
     * pair), and requests that go through all its code. A class that is not loaded then cannot be loaded afterwards, nor a
     * thread started. Called more than once.
     */
    Rehearsal rehearse();

    /** All of them, for a kind whose devices are not all of the same classes. */
    default List<Rehearsal> rehearsals() {
        return List.of(rehearse());
    }

    /**
     * @param device closed by whoever rehearses
     * @param requests made in order, each waited for
     */
    record Rehearsal(VirtioBackend device, List<Request> requests) {}

    /**
     * One request of a rehearsing driver, at most {@value #MAX_PART} bytes a part.
     *
     * @param queue on which it is made
     * @param out what the device reads, one descriptor each
     * @param in sizes of what it may write, one descriptor each
     */
    record Request(int queue, List<byte[]> out, List<Integer> in) {}
}
