package crosvm.vmm.module.kind;

import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A disk that a device of ours reads: how large its image is, and how that changes. The image is opened anew by its path, which must
 * still lead to the file that the machine has; the device, wherever it runs, is only told to look. May take long, so not
 * on the main loop.
 */
public final class RawDiskControl implements DiskControl {
    /** A device on a thread may let a guest write behind the new end until it has looked, and so make the image longer again. */
    private static final int MAX_SHRINK_ATTEMPTS = 3;

    private final DiskSpec spec;
    private final LongConsumer limit;
    private final Runnable refresh;
    private final BooleanSupplier failed;
    private final @Nullable Object file;

    /**
     * @param limit how far the device may write into the image from now on
     * @param refresh tells the device to look at its image, and waits until it has
     * @param failed whether the device has lost data
     */
    public RawDiskControl(DiskSpec spec, LongConsumer limit, Runnable refresh, BooleanSupplier failed) {
        this.spec = spec;
        this.limit = limit;
        this.refresh = refresh;
        this.failed = failed;
        this.file = fileKey(spec);
    }

    private static @Nullable Object fileKey(DiskSpec spec) {
        try {
            return Files.readAttributes(spec.file(), BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null; // Somebody has moved it; its disk works on, but cannot be resized.
        }
    }

    @Override
    public DiskSpec spec() {
        return spec;
    }

    @Override
    public boolean hasFailed() {
        return failed.getAsBoolean();
    }

    @Override
    public long size() {
        try (Fd image = Fd.open(spec.file().toString(), Fd.O_RDONLY | Fd.O_NONBLOCK)) {
            return FileType.sizeOf(image);
        } catch (ErrnoException e) {
            return -1;
        }
    }

    @Override
    public synchronized long resize(long bytes) {
        requireResizable(bytes);
        if (file == null || !Objects.equals(file, fileKey(spec))) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE,
                    subject() + "is no longer the file that the machine has open; move that file back first");
        }
        try (Fd image = Fd.open(spec.file().toString(), Fd.O_RDWR | Fd.O_NONBLOCK)) {
            long before = FileType.sizeOf(image);
            if (FileType.of(image) == FileType.BLOCK_DEVICE) {
                requireSize(before, bytes);
                limit.accept(bytes);
                refresh.run();
            } else if (bytes < before) {
                shrink(image, before, bytes);
            } else {
                grow(image, before, bytes);
            }
            return before;
        }
    }

    private void requireSize(long is, long wanted) {
        if (is != wanted) {
            throw new ControlException(
                    ErrorCode.NOT_POSSIBLE,
                    subject() + "is a block device of " + new MemorySize(is)
                            + ", whose size crosvm cannot change. Resize it first (with lvresize, for example), then"
                            + " give its new size here to tell the guest");
        }
    }

    private void shrink(Fd image, long before, long bytes) {
        limit.accept(bytes);
        for (int i = 0; i < MAX_SHRINK_ATTEMPTS && FileType.sizeOf(image) != bytes; i++) {
            int cut = FileSpace.setLength(image, bytes);
            if (cut < 0) {
                limit.accept(before);
            }
            check(cut, image, bytes);
            refresh.run();
        }
        check(FileSpace.sync(image), image, bytes);
    }

    /** An image without holes stays one: its new part is allocated too. */
    private void grow(Fd image, long before, long bytes) {
        boolean whole = bytes > before && FileType.spaceOf(image) >= before;
        int grown = whole ? FileSpace.extend(image, before, bytes - before) : FileSpace.setLength(image, bytes);
        if (grown == 0) {
            grown = FileSpace.sync(image); // The guest will believe in its new end.
        }
        if (grown < 0) {
            FileSpace.setLength(image, before); // Part of it may have been had.
        }
        check(grown, image, bytes);
        limit.accept(bytes);
        refresh.run();
    }

    private static void check(int result, Fd image, long bytes) {
        if (result < 0) {
            throw new ErrnoException(image.name() + ": cannot be made " + new MemorySize(bytes) + " large", -result);
        }
    }
}
