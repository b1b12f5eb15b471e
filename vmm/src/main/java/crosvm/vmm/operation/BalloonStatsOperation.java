package crosvm.vmm.operation;

import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;

/** {@code balloon-stats}: the guest's own memory figures, asked of its balloon driver. */
final class BalloonStatsOperation implements Operation {
    private final MachineContext machine;

    BalloonStatsOperation(MachineContext machine) {
        this.machine = machine;
    }

    @Override
    public String name() {
        return "balloon-stats";
    }

    @Override
    public String help() {
        return "ask the guest's balloon driver for its memory statistics";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        machine.requireBalloon().statistics(figures -> {
            if (figures == null) {
                reply.error(
                        ErrorCode.NOT_POSSIBLE,
                        machine.name() + ": the guest's balloon driver has no figures; is it loaded?");
            } else {
                reply.result(figures);
            }
        });
    }
}
