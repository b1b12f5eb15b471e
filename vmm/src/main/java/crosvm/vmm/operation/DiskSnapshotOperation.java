package crosvm.vmm.operation;

import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** {@code disk-snapshot}: freezes what a disk has in it, and has later writes go into a new overlay. */
final class DiskSnapshotOperation extends OperationOnDisk {
    private static final String FILE = "file";

    DiskSnapshotOperation(MachineContext machine) {
        super(machine);
    }

    @Override
    public String name() {
        return "disk-snapshot";
    }

    @Override
    public String help() {
        return "freeze a disk and write to a new overlay from now on";
    }

    @Override
    public List<Argument> arguments() {
        return List.of(
                new Argument(ID, "the disk's id in the spec"),
                new Argument(FILE, "the overlay, an absolute path where nothing is yet"));
    }

    @Override
    Task task(Arguments arguments) {
        Path file = path(arguments.text(FILE));
        return disk -> {
            disk.snapshot(file);
            return Map.of("id", disk.spec().id(), "file", file.toString());
        };
    }

    private static Path path(String text) {
        try {
            Path file = Path.of(text);
            if (file.isAbsolute()) {
                return file.normalize();
            }
        } catch (InvalidPathException e) {
            throw new ControlException(ErrorCode.BAD_ARGUMENT, FILE + ": is not a path");
        }
        throw new ControlException(ErrorCode.BAD_ARGUMENT, FILE + ": must be an absolute path");
    }
}
