package crosvm.vmm.operation;

import crosvm.vmm.VmmException;
import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.module.kind.DiskControl;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code disk-resize}: makes a disk's image larger or smaller and tells the guest, on a thread of its own. */
final class DiskResizeOperation implements Operation {
    private static final String ID = "id";
    private static final String SIZE = "size";

    private final MachineContext machine;

    DiskResizeOperation(MachineContext machine) {
        this.machine = machine;
    }

    @Override
    public String name() {
        return "disk-resize";
    }

    @Override
    public String help() {
        return "resize a disk and tell the guest";
    }

    @Override
    public List<Argument> arguments() {
        return List.of(
                new Argument(ID, "the disk's id in the spec"),
                new Argument(SIZE, "the new size in bytes, a multiple of 512"));
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        String id = arguments.text(ID);
        long size = arguments.number(SIZE, 1, Long.MAX_VALUE);
        DiskControl disk = machine.disks().stream()
                .filter(d -> d.spec().id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ControlException(
                        ErrorCode.NOT_FOUND,
                        "disk " + id + ": " + machine.name() + " has no disk of that id. " + diskIds()));
        Thread worker = new Thread(() -> resize(disk, size, reply), "resize " + id);
        worker.setDaemon(true);
        worker.start();
    }

    private String diskIds() {
        List<DiskControl> disks = machine.disks();
        return disks.isEmpty()
                ? "It has no disks"
                : "It has: " + disks.stream().map(d -> d.spec().id()).collect(Collectors.joining(", "));
    }

    private static void resize(DiskControl disk, long size, Reply reply) {
        try {
            long before = disk.resize(size);
            reply.result(Map.of("id", disk.spec().id(), "size", size, "before", before));
        } catch (ControlException e) {
            reply.error(e.code(), String.valueOf(e.getMessage()));
        } catch (VmmException e) {
            reply.error(ErrorCode.FAILED, String.valueOf(e.getMessage()));
        }
    }
}
