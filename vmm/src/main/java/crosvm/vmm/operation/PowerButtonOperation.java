package crosvm.vmm.operation;

import crosvm.schema.model.EnumWord;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import java.util.Map;

/** {@code powerbtn}: the guest shuts itself down, if it listens. The state tells the client of a suspended one. */
final class PowerButtonOperation implements Operation {
    private final GuestControl guest;

    PowerButtonOperation(GuestControl guest) {
        this.guest = guest;
    }

    @Override
    public String name() {
        return "powerbtn";
    }

    @Override
    public String help() {
        return "press the ACPI power button";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        guest.pressPowerButton();
        reply.result(Map.of("state", EnumWord.of(guest.state())));
    }
}
