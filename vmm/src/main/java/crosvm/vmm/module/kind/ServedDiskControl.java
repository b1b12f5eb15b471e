package crosvm.vmm.module.kind;

import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.storage.DiskDaemon;
import java.nio.file.Path;

/** A disk that qemu-storage-daemon is the device of: what is asked for is asked of it. Any thread. */
final class ServedDiskControl implements DiskControl {
    private final DiskSpec disk;
    private final DiskDaemon daemon;

    ServedDiskControl(DiskSpec disk, DiskDaemon daemon) {
        this.disk = disk;
        this.daemon = daemon;
    }

    @Override
    public DiskSpec spec() {
        return disk;
    }

    @Override
    public boolean hasFailed() {
        return daemon.isFull();
    }

    @Override
    public long size() {
        return daemon.diskBytes();
    }

    @Override
    public long resize(long bytes) {
        requireResizable(bytes);
        long before = daemon.diskBytes();
        if (bytes < before) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE,
                    subject() + "has " + new MemorySize(before)
                            + ", and a disk that qemu-storage-daemon serves can only be made larger");
        }
        daemon.resize(bytes);
        return before;
    }

    @Override
    public void limit(DiskLimit limit) {
        daemon.limit(limit);
    }

    @Override
    public void snapshot(Path file) {
        if (disk.readOnly()) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE,
                    "disk " + disk.id() + ": is read-only, so that it never changes; there is nothing to keep");
        }
        daemon.snapshot(file);
    }
}
