package crosvm.schema.model;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/**
 * How much a machine may read and write in a second, for each block device of the host that its disks' files are on.
 *
 * @param read bytes, or null for any number
 * @param write bytes, or null for any number
 * @param readIops requests, or null for any number
 * @param writeIops requests, or null for any number
 */
public record IoLimit(
        @Doc(value = "Bytes read in a second.", example = "100MiB", fileOnly = true)
        @Nullable @SizeRange(min = "4KiB", max = "1TiB")
        MemorySize read,

        @Doc(value = "Bytes written in a second.", example = "50MiB", fileOnly = true)
        @Nullable @SizeRange(min = "4KiB", max = "1TiB")
        MemorySize write,

        @Doc(value = "Read requests in a second.", example = "1000", fileOnly = true) @Nullable @Min(1) @Max(1000000000) Integer readIops,

        @Doc(value = "Write requests in a second.", example = "500", fileOnly = true) @Nullable @Min(1) @Max(1000000000) Integer writeIops) {
    /** Whether there is one at all. */
    public boolean isPresent() {
        return read != null || write != null || readIops != null || writeIops != null;
    }
}
