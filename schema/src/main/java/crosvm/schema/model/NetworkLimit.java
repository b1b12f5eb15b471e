package crosvm.schema.model;

import org.jspecify.annotations.Nullable;

/**
 * How much a network may carry in a second.
 *
 * @param rx bytes that the guest receives, or null for any number
 * @param tx bytes that the guest sends, or null for any number
 */
public record NetworkLimit(
        @Doc(value = "Bytes (not bits) that the guest receives in a second.", example = "10MiB", fileOnly = true)
        @Nullable @SizeRange(min = "4KiB", max = "4GiB")
        MemorySize rx,

        @Doc(value = "Bytes (not bits) that the guest sends in a second.", example = "10MiB", fileOnly = true)
        @Nullable @SizeRange(min = "4KiB", max = "4GiB")
        MemorySize tx) {
    /** Whether there is one at all. */
    public boolean isPresent() {
        return rx != null || tx != null;
    }
}
