package crosvm.vmm.operation;

import crosvm.vmm.VmmException;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.module.kind.DiskControl;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Something that is done to a disk, which may take long: on a thread of its own. */
abstract class OperationOnDisk implements Operation {
    static final String ID = "id";

    private final MachineContext machine;

    OperationOnDisk(MachineContext machine) {
        this.machine = machine;
    }

    /** What is to be done to a disk, with what its caller has said. */
    interface Task {
        /** @return the reply */
        Map<String, Object> on(DiskControl disk);
    }

    /** Reads the arguments besides the disk's id. Main loop. */
    abstract Task task(Arguments arguments);

    @Override
    public void run(Arguments arguments, Reply reply) {
        String id = arguments.text(ID);
        Task task = task(arguments);
        DiskControl disk = machine.disks().stream()
                .filter(d -> d.spec().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ControlException(
                        ErrorCode.NOT_FOUND,
                        "disk " + id + ": " + machine.name() + " has no disk of that id. " + diskIds()));
        Thread worker = new Thread(() -> perform(task, disk, reply), name() + " " + id);
        worker.setDaemon(true);
        worker.start();
    }

    private String diskIds() {
        List<DiskControl> disks = machine.disks();
        return disks.isEmpty()
                ? "It has no disks"
                : "It has: " + disks.stream().map(d -> d.spec().id()).collect(Collectors.joining(", "));
    }

    private static void perform(Task task, DiskControl disk, Reply reply) {
        try {
            reply.result(task.on(disk));
        } catch (ControlException e) {
            reply.error(e.code(), String.valueOf(e.getMessage()));
        } catch (VmmException e) {
            reply.error(ErrorCode.FAILED, String.valueOf(e.getMessage()));
        }
    }
}
