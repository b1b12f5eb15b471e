package crosvm.vmm.operation;

import crosvm.schema.model.EnumWord;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.module.kind.DiskControl;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code status}: what the machine is and how it fares. Its uptime counts from the making of this object. */
final class StatusOperation implements Operation {
    private final MachineContext machine;
    private final long started = System.nanoTime();

    StatusOperation(MachineContext machine) {
        this.machine = machine;
    }

    @Override
    public String name() {
        return "status";
    }

    @Override
    public String help() {
        return "show what the machine is and how it is doing";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        GuestControl guest = machine.guest();
        BalloonDevice balloon = machine.balloon();
        Map<String, @Nullable Object> status = new LinkedHashMap<>();
        status.put("name", machine.name());
        status.put("state", guest.isEnding() ? "ending" : EnumWord.of(guest.state()));
        status.put("pid", ProcessHandle.current().pid());
        status.put("uptime", Duration.ofNanos(System.nanoTime() - started).toMillis() / 1e3);
        status.put("vcpus", machine.identity().vcpus());
        status.put("memory", machine.identity().memoryBytes());
        status.put("cid", machine.identity().cid());
        status.put("balloon", balloon == null ? null : BalloonOperation.sizes(balloon));
        status.put(
                "disks", machine.disks().stream().map(StatusOperation::describe).toList());
        reply.result(status);
    }

    private static Map<String, Object> describe(DiskControl disk) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", disk.spec().id());
        facts.put("path", disk.spec().file().toString());
        facts.put("size", disk.size());
        facts.put("readOnly", disk.spec().readOnly());
        facts.put("failed", disk.hasFailed());
        return facts;
    }
}
