package crosvm.vmm.module;

import crosvm.schema.model.NetworkSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.metrics.NetworkRefusals;
import java.util.List;

/** Where the cards of a machine that are on networks between machines get their cables. Used by the thread that builds the machine. */
@FunctionalInterface
public interface NetworkPorts {
    /** A machine on no such network. */
    NetworkPorts NONE = card -> {
        throw new VmmException("network " + card.network()
                + ": is for the machines of a file of several, and this one was started by itself");
    };

    /**
     * The card's end of its cable.
     *
     * @param card one with a network
     * @throws VmmException when the network cannot be joined
     */
    Cable cable(NetworkSpec card);

    /** What the machine has been refused so far, for each of its networks that has a list of what may be reached. Any thread. */
    default List<NetworkRefusals> refusals() {
        return List.of();
    }

    /**
     * A tap on the network.
     *
     * @param queues a descriptor for each pair of queues, the caller's
     * @param mtu bytes of the largest packet
     */
    record Cable(List<Fd> queues, int mtu) {
        /** Copies the list. */
        public Cable {
            queues = List.copyOf(queues);
        }
    }
}
