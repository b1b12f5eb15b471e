package crosvm.vmm.operation;

import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;

/** {@code registers}: where a guest stands, for finding out why it says nothing any more. */
final class RegistersOperation implements Operation {
    private final MachineContext machine;

    RegistersOperation(MachineContext machine) {
        this.machine = machine;
    }

    @Override
    public String name() {
        return "registers";
    }

    @Override
    public String help() {
        return "show the registers of vCPUs and interrupt controllers; stops the vCPUs for a moment";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        GuestControl guest = machine.guest();
        boolean running = guest.state() == GuestControl.State.RUNNING;
        guest.suspend(() -> {
            try {
                reply.result(machine.registers().get());
            } finally {
                if (running) {
                    guest.resume(() -> {});
                }
            }
        });
    }
}
