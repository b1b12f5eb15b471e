package crosvm.vmm.operation;

import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;

/** {@code suspend}: answers when no vCPU runs any more. */
final class SuspendOperation implements Operation {
    private final GuestControl guest;

    SuspendOperation(GuestControl guest) {
        this.guest = guest;
    }

    @Override
    public String name() {
        return "suspend";
    }

    @Override
    public String help() {
        return "stop the vCPUs; the guest's clocks stand still";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        guest.suspend(reply::done);
    }
}
