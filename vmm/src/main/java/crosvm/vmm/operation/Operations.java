package crosvm.vmm.operation;

import crosvm.vmm.control.Operation;
import java.util.List;

/** All operations of a machine. */
public final class Operations {
    private Operations() {}

    /** A new one of each, for one machine; {@code help} lists them in this order. */
    public static List<Operation> of(MachineContext machine) {
        return List.of(
                new StatusOperation(machine),
                new StopOperation(machine.guest()),
                new PowerButtonOperation(machine.guest()),
                new DownOperation(machine.guest(), machine.loop()),
                new WaitOperation(machine.guest()),
                new SuspendOperation(machine.guest()),
                new ResumeOperation(machine.guest()),
                new BalloonOperation(machine),
                new BalloonStatsOperation(machine),
                new StatsOperation(machine.stats()),
                new RegistersOperation(machine),
                new DiskResizeOperation(machine),
                new DiskLimitOperation(machine),
                new DiskSnapshotOperation(machine));
    }
}
