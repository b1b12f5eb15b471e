package crosvm.vmm.operation;

import crosvm.schema.model.LimitsSpec;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.module.kind.DiskControl;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The running machine as its operations see it.
 *
 * @param identity what never changes while it runs
 * @param loop its main loop, on which operations are called
 * @param guest starts, stops and ends what runs in it
 * @param disks in the order of the spec
 * @param balloon null without one
 * @param stats what it has done so far; may be called on any thread
 * @param registers of vCPUs and interrupt chips, as JSON; asked only while the guest is suspended
 */
public record MachineContext(
        Identity identity,
        EventLoop loop,
        GuestControl guest,
        List<DiskControl> disks,
        @Nullable BalloonDevice balloon,
        Supplier<MachineStats> stats,
        Supplier<Map<String, ?>> registers) {
    /**
     * What a machine is.
     *
     * @param cid its guest's vsock context id; null without that device
     * @param limits how much of the host it may take; null without any
     */
    public record Identity(
            String name,
            int vcpus,
            long memoryBytes,
            @Nullable Long cid,
            @Nullable LimitsSpec limits) {}

    String name() {
        return identity.name();
    }

    /** @throws ControlException without one */
    BalloonDevice requireBalloon() {
        if (balloon == null) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE, name() + ": has no balloon; add one to its spec: balloon: true");
        }
        return balloon;
    }
}
