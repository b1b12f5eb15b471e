package crosvm.vmm.operation;

import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.metrics.PrometheusText;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** {@code stats}: what the machine has done so far. */
final class StatsOperation implements Operation {
    private static final String FORMAT = "format";

    private final Supplier<MachineStats> stats;

    StatsOperation(Supplier<MachineStats> stats) {
        this.stats = stats;
    }

    @Override
    public String name() {
        return "stats";
    }

    @Override
    public String help() {
        return "show what vCPUs, queues, disks and networks have done so far";
    }

    @Override
    public List<Argument> arguments() {
        return List.of(new Argument(FORMAT, "json (default) or prometheus"));
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        String format = arguments.has(FORMAT) ? arguments.text(FORMAT) : "json";
        switch (format) {
            case "json" -> reply.result(StatsFields.of(stats.get()));
            case "prometheus" -> reply.result(Map.of("text", PrometheusText.of(stats.get())));
            default ->
                throw new ControlException(
                        ErrorCode.BAD_ARGUMENT, "format: is \"" + format + "\", not json or prometheus");
        }
    }
}
