package crosvm.vmm.operation;

import crosvm.schema.model.EnumWord;
import crosvm.schema.model.IoLimit;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.cgroup.CgroupFigures;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.module.kind.DiskControl;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
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
        status.put("pid", OwnProcess.pid());
        status.put("uptime", Duration.ofNanos(System.nanoTime() - started).toMillis() / 1e3);
        status.put("vcpus", machine.identity().vcpus());
        status.put("memory", machine.identity().memoryBytes());
        status.put("cid", machine.identity().cid());
        status.put("limits", limits(machine.identity().limits()));
        status.put("balloon", balloon == null ? null : BalloonOperation.sizes(balloon));
        status.put(
                "disks", machine.disks().stream().map(StatusOperation::describe).toList());
        reply.result(status);
    }

    /** As in the spec, sizes in bytes; and where the control group is that holds the machine to them. */
    private static @Nullable Map<String, @Nullable Object> limits(@Nullable LimitsSpec limits) {
        if (limits == null) {
            return null;
        }
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("cgroup", CgroupFigures.path());
        facts.put("cpu", limits.cpu() == null ? null : limits.cpu().hundredths() / 100.0);
        facts.put("memory", bytes(limits.memory()));
        IoLimit io = limits.io();
        if (io != null) {
            facts.put("ioRead", bytes(io.read()));
            facts.put("ioWrite", bytes(io.write()));
            facts.put("ioReadIops", io.readIops());
            facts.put("ioWriteIops", io.writeIops());
        }
        facts.put("pids", limits.pids());
        facts.values().removeIf(Objects::isNull);
        return facts;
    }

    private static @Nullable Long bytes(@Nullable MemorySize size) {
        return size == null ? null : size.bytes();
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
