package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.GraphTable;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.GraphPlanner;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm graph}: shows the devices {@code up} would make. */
final class GraphCommand implements Command {
    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "graph";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Shows the machine that up would make of a spec: memory, devices, interrupts, host resources."
                                + " Touches nothing of the host.");
        source.addTo(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        DeviceGraph graph = GraphPlanner.plan(source.load(arguments, streams).orThrow());
        streams.out().print(GraphTable.of(graph));
        return ExitStatus.OK;
    }
}
