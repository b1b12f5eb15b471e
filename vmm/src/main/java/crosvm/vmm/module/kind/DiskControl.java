package crosvm.vmm.module.kind;

import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.device.blk.BlockFile;
import java.nio.file.Path;

/** A disk of a running machine, as its operators see it. What changes it may take long, so not on the main loop. */
public interface DiskControl {
    /** What the spec says about it. */
    DiskSpec spec();

    /** Whether a flush has failed, so that what the guest has written may be lost. */
    boolean hasFailed();

    /** Bytes, or -1 when nobody knows any more. Does not wait. */
    long size();

    /** How a message about it begins. */
    default String subject() {
        return "disk " + spec().id() + " (" + spec().file() + "): ";
    }

    /** @throws ControlException for a disk that is read-only, and for a size that no disk has */
    default void requireResizable(long bytes) {
        if (spec().readOnly()) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE,
                    subject() + "is read-only; only writable disks (readOnly: false) can be resized");
        }
        if (bytes % BlockFile.SECTOR != 0 || bytes <= 0) {
            throw new ControlException(
                    ErrorCode.BAD_ARGUMENT,
                    subject() + bytes + " bytes is an invalid size; it must be a multiple of " + BlockFile.SECTOR);
        }
    }

    /**
     * Makes the disk that large and tells the guest.
     *
     * @return the size before, in bytes
     * @throws crosvm.vmm.VmmException when it cannot be done; the size is then as before
     */
    long resize(long bytes);

    /**
     * Changes how much it may do in a second.
     *
     * @throws crosvm.vmm.VmmException when it cannot be done
     */
    default void limit(DiskLimit limit) {
        throw new ControlException(
                ErrorCode.NOT_POSSIBLE,
                "disk " + spec().id()
                        + ": a raw disk with writes: keep and no limit in the spec has none to change; give"
                        + " it one there (limit: {iops: 500}) and restart the machine");
    }

    /**
     * Freezes what the disk has in it now: whatever is written from now on goes into a new overlay.
     *
     * @param file absolute path of the overlay, which must not exist yet
     * @throws crosvm.vmm.VmmException when it cannot be done; nothing has changed then
     */
    default void snapshot(Path file) {
        throw new ControlException(
                ErrorCode.NOT_POSSIBLE,
                "disk " + spec().id() + ": a raw disk with writes: keep has no snapshots while its machine runs; use"
                        + " format: qcow2, or writes: FILE");
    }
}
