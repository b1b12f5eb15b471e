package crosvm.vmm.operation;

import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;

/** {@code resume}: answers when the vCPUs may run. */
final class ResumeOperation implements Operation {
    private final GuestControl guest;

    ResumeOperation(GuestControl guest) {
        this.guest = guest;
    }

    @Override
    public String name() {
        return "resume";
    }

    @Override
    public String help() {
        return "let the vCPUs run again";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        guest.resume(reply::done);
    }
}
