package crosvm.vmm.module;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.jail.JailPolicy;

/** The machine in which a device is to be, as far as devices need it. Used by the thread that builds the machine. */
public interface DeviceSite {
    /** The guest's RAM. */
    long memoryBytes();

    /** The machine's main loop. */
    EventLoop loop();

    /** Where consoles lead. */
    ConsolePorts consoles();

    /** Where cards on networks between machines get their cables. */
    NetworkPorts networks();

    /** A device has died while the guest ran: which, which process, and how. Any thread. */
    void died(String report);

    /** Has a device run where its plan says, on a thread or in a jailed process. Takes over {@code parts}. */
    <P extends DeviceParts> PendingBackend host(PciFunctionPlan plan, HostedModule<?, P> module, P parts);

    /** What binds a program of somebody else's that is a device, in a jail of ours. */
    JailPolicy policy(PciFunctionPlan plan);

    /** Has a device look at what it stands on (an image's size), once it is plugged in; waits until it has. Any thread. */
    void refresh(PciFunctionPlan plan);

    /** Whether a device has failed for good, such as a disk that has lost data. Any thread. */
    boolean hasFailed(PciFunctionPlan plan);

    /** Puts at the disposal of the machine's operators what they can do to a running device; they find it by its class. */
    void offer(Object control);
}
