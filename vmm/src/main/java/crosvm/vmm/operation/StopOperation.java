package crosvm.vmm.operation;

import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;

/** {@code stop}: ends the machine as if its power failed. */
final class StopOperation implements Operation {
    private final GuestControl guest;

    StopOperation(GuestControl guest) {
        this.guest = guest;
    }

    @Override
    public String name() {
        return "stop";
    }

    @Override
    public String help() {
        return "end the machine at once; the guest is not told";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        guest.announceEnd();
        guest.end();
        reply.done();
    }
}
