package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.jspecify.annotations.Nullable;

/**
 * How much of the host a machine may take: its main process, its device processes and the programs it starts together. Held by
 * the kernel, in a control group (cgroup v2) of the machine's own.
 *
 * @param cpu processor time in cores, or null for any amount
 * @param memory all memory, the guest's among it, or null for any amount
 * @param io how much its disks' files are read and written, or null for any amount
 * @param pids processes and threads, or null for any number
 */
public record LimitsSpec(
        @Doc(
                value =
                        "Processor time in cores of the host, for vCPUs and devices together: 1.5 is one and a half cores.",
                example = "1.5",
                flag = "--limit-cpu")
        @Nullable Cores cpu,

        @Doc(
                value =
                        "Memory of the guest and of crosvm's processes together; a machine that wants more is ended by the kernel. None of it is swapped.",
                example = "1GiB",
                flag = "--limit-memory")
        @Nullable @SizeRange(min = "16MiB", max = "8TiB")
        MemorySize memory,

        @Doc(
                value = "How much the block devices that the disks' files are on may be read and written in a second.",
                example = "{read: 100MiB, write: 50MiB}",
                fileOnly = true)
        @Valid @Nullable IoLimit io,

        @Doc(
                value = "How many processes and threads the machine may have on the host.",
                example = "200",
                flag = "--limit-pids")
        @Nullable @Min(16) @Max(4194304) Integer pids) {
    /** Whether there is one at all. */
    public boolean isPresent() {
        return cpu != null || memory != null || io != null && io.isPresent() || pids != null;
    }
}
