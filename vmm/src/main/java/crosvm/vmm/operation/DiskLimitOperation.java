package crosvm.vmm.operation;

import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import java.util.List;
import java.util.Map;

/** {@code disk-limit}: changes how much a disk may do in a second. */
final class DiskLimitOperation extends OperationOnDisk {
    private static final String IOPS = "iops";
    private static final String BANDWIDTH = "bandwidth";

    /** Bytes: less than a block of the host's would never let one through. */
    private static final long LEAST_BANDWIDTH = 4096;

    private static final long MOST_BANDWIDTH = 1L << 40;

    DiskLimitOperation(MachineContext machine) {
        super(machine);
    }

    @Override
    public String name() {
        return "disk-limit";
    }

    @Override
    public String help() {
        return "limit what a disk may do in a second";
    }

    @Override
    public List<Argument> arguments() {
        return List.of(
                new Argument(ID, "the disk's id in the spec"),
                new Argument(IOPS, "requests in a second, 1 or more; without it any number"),
                new Argument(BANDWIDTH, "bytes in a second, 4096 to 1099511627776; without it any number"));
    }

    @Override
    Task task(Arguments arguments) {
        Integer iops = arguments.has(IOPS) ? (int) arguments.number(IOPS, 1, Integer.MAX_VALUE) : null;
        MemorySize bandwidth = arguments.has(BANDWIDTH)
                ? new MemorySize(arguments.number(BANDWIDTH, LEAST_BANDWIDTH, MOST_BANDWIDTH))
                : null;
        return disk -> {
            disk.limit(new DiskLimit(iops, bandwidth));
            return Map.of("id", disk.spec().id());
        };
    }
}
