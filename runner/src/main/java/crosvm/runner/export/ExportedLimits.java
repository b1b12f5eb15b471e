package crosvm.runner.export;

import crosvm.runner.report.FailedException;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.Cores;
import crosvm.schema.model.IoLimit;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.NamedPath.Access;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A machine's {@code limits} as its engine sets them: crosvm finds that they hold, and makes no group of its own. */
final class ExportedLimits {
    private static final long MIB = 1L << 20;

    private final ExportedMachine machine;
    private final @Nullable LimitsSpec limits;

    ExportedLimits(ExportedMachine machine) {
        this.machine = machine;
        this.limits = machine.spec().limits();
    }

    /** The bound of memory, in MiB: what the machine needs at most, or what the spec allows it where that is less. */
    long memoryMebibytes() {
        long need = MemoryNeed.whole(machine.graph());
        MemorySize allowed = limits == null ? null : limits.memory();
        return allowed == null ? need : Math.min(need, allowed.bytes() / MIB);
    }

    /** Thousandths of a core; 0 without a limit. */
    long cpuThousandths() {
        Cores cpu = limits == null ? null : limits.cpu();
        return cpu == null ? 0 : cpu.hundredths() * 10L;
    }

    /** Of a service (systemd.resource-control(5)), without memory. */
    List<String> serviceLines() {
        List<String> lines = new ArrayList<>();
        if (limits == null) {
            return lines;
        }
        if (limits.cpu() != null) {
            lines.add("CPUQuota=" + limits.cpu().hundredths() + "%");
        }
        if (limits.memory() != null) {
            lines.add("MemorySwapMax=0");
            lines.add("OOMPolicy=kill");
        }
        if (limits.pids() != null) {
            lines.add("TasksMax=" + limits.pids());
        }
        IoLimit io = limits.io();
        if (io != null) {
            for (Path image : images()) {
                add(
                        lines,
                        "IOReadBandwidthMax",
                        image,
                        io.read() == null ? null : Long.toString(io.read().bytes()));
                add(
                        lines,
                        "IOWriteBandwidthMax",
                        image,
                        io.write() == null ? null : Long.toString(io.write().bytes()));
                add(
                        lines,
                        "IOReadIOPSMax",
                        image,
                        io.readIops() == null ? null : io.readIops().toString());
                add(
                        lines,
                        "IOWriteIOPSMax",
                        image,
                        io.writeIops() == null ? null : io.writeIops().toString());
            }
        }
        return lines;
    }

    /** systemd limits the device that a file is on. */
    private static void add(List<String> lines, String setting, Path image, @Nullable String value) {
        if (value != null) {
            lines.add(setting + "=" + SystemdUnit.word(image.toString()) + " " + value);
        }
    }

    private Set<Path> images() {
        Set<Path> images = new LinkedHashSet<>();
        for (PathUse use : PathUse.of(machine.spec(), machine.file())) {
            if (use.field().startsWith("disks[") && (use.access().isReading() || use.access() == Access.WRITE)) {
                images.add(use.path());
            }
        }
        return images;
    }

    /**
     * Options of podman-run(1), without memory; empty, or with a space in front.
     *
     * @throws FailedException where a container cannot be held to them
     */
    String podmanOptions() {
        if (limits == null) {
            return "";
        }
        if (limits.io() != null && limits.io().isPresent()) {
            throw new FailedException(machine.name()
                    + ": limits.io: a container does not see what the devices of its disks are limited to, so"
                    + " crosvm in it could not tell that this holds. Take crosvm export systemd, or leave it out");
        }
        return (limits.cpu() == null ? "" : " --cpus=" + limits.cpu())
                + (limits.pids() == null ? "" : " --pids-limit=" + limits.pids())
                + (limits.memory() == null ? "" : " --memory-swap=" + memoryMebibytes() + "m");
    }
}
