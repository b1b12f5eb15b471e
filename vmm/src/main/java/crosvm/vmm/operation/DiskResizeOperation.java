package crosvm.vmm.operation;

import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import java.util.List;
import java.util.Map;

/** {@code disk-resize}: makes a disk's image larger or smaller and tells the guest. */
final class DiskResizeOperation extends OperationOnDisk {
    private static final String SIZE = "size";

    DiskResizeOperation(MachineContext machine) {
        super(machine);
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
    Task task(Arguments arguments) {
        long size = arguments.number(SIZE, 1, Long.MAX_VALUE);
        return disk -> Map.of("id", disk.spec().id(), "size", size, "before", disk.resize(size));
    }
}
