package crosvm.runner.cli;

import crosvm.runner.instance.Foreground;
import crosvm.runner.report.EndReport;
import crosvm.runner.report.ExitStatus;
import crosvm.vmm.console.EscapeKey;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.GraphPlanner;
import crosvm.vmm.graph.NotBuilt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm up}: boots the machine of a spec, on this terminal. */
final class UpCommand implements Command {
    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "up";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Boots the machine of a spec. Its first serial port is this terminal, where every key goes to the guest,"
                                + " Ctrl-C too. " + EscapeKey.HELP + ".",
                        "",
                        "SIGINT, SIGTERM and SIGHUP from outside end the machine in an orderly way.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm up                                boots ./vm.yaml",
                        "  crosvm up web.yaml --memory 2GiB -c 4    overrides two fields",
                        "  crosvm up web.yaml --set disks.root.path=/tmp/other.img",
                        "",
                        "The exit status says how the guest ended: 0 power-off, 32 reset, 33 crash, 34 panic; see crosvm --help.");
        source.addTo(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        return boot(GraphPlanner.plan(source.load(arguments, streams).orThrow()), streams);
    }

    /** Runs a machine to its end and tells how it ended. */
    static ExitStatus boot(DeviceGraph graph, Streams streams) {
        for (NotBuilt missing : graph.notBuilt()) {
            streams.err()
                    .println("crosvm: " + graph.name() + ": not yet built: " + missing.what() + ": "
                            + missing.instead());
        }
        return EndReport.tell(graph.name(), Foreground.run(graph, streams.err()), streams.err());
    }
}
