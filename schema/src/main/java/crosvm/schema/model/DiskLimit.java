package crosvm.schema.model;

import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/**
 * How much a disk may do in a second, reads and writes together.
 *
 * @param iops requests, or null for any number
 * @param bandwidth bytes, or null for any number
 */
public record DiskLimit(
        @Doc(value = "Requests in a second, reads and writes together.", example = "500", fileOnly = true)
        @Nullable @Min(1) Integer iops,

        @Doc(value = "Bytes in a second, reads and writes together.", example = "50MiB", fileOnly = true)
        @Nullable @SizeRange(min = "4KiB", max = "1TiB")
        MemorySize bandwidth) {
    /** Without any limit. */
    public static final DiskLimit NONE = new DiskLimit(null, null);

    /** Whether there is one at all. */
    public boolean isPresent() {
        return iops != null || bandwidth != null;
    }
}
