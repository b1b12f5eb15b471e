package crosvm.runner.cli;

import crosvm.runner.instance.StateFolders;
import crosvm.runner.metrics.Exposition;
import crosvm.runner.metrics.Exposition.Format;
import crosvm.runner.metrics.ListenAddress;
import crosvm.runner.metrics.MachineFigures;
import crosvm.runner.metrics.MetricsServer;
import crosvm.runner.report.ExitStatus;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm metrics}: the figures of all machines for a monitoring system. */
final class MetricsCommand implements Command {
    private static final String LISTEN = "--listen";

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Print or serve the counters of all your running machines: in OpenMetrics or Prometheus's text format,"
                                + " over HTTP at /metrics.",
                        "",
                        "Each figure has the machine's name in the label vm; crosvm_machine_up is 0 for a machine whose"
                                + " process does not answer. Requests are not authenticated: keep to a loopback address, or"
                                + " put a proxy in front.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm metrics",
                        "  crosvm metrics --listen 9101              http://127.0.0.1:9101/metrics, until Ctrl-C",
                        "  crosvm metrics --listen '[::1]:9101'");
        FormatOption.addDescribed(
                spec,
                "openmetrics (default) or prometheus (its text format), for what is printed; a server gives what the client"
                        + " accepts.",
                "openmetrics",
                "prometheus");
        spec.addOption(OptionSpec.builder(LISTEN)
                .paramLabel("[ADDRESS:]PORT")
                .type(String.class)
                .description("Serve HTTP there until interrupted. Default address: 127.0.0.1; port 0 takes a free one.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        StateFolders folders = StateFolders.of(streams.environment());
        String listen = arguments.matchedOptionValue(LISTEN, null);
        if (listen == null) {
            Format format = FormatOption.of(arguments).equals("prometheus") ? Format.PROMETHEUS : Format.OPENMETRICS;
            streams.out().print(Exposition.of(MachineFigures.ofAll(folders), format));
            return ExitStatus.OK;
        }
        InetSocketAddress address = address(listen, arguments);
        try (MetricsServer server = MetricsServer.start(folders, address)) {
            streams.err().println("crosvm: serving " + server.url());
            if (!address.getAddress().isLoopbackAddress()) {
                streams.err().println("crosvm: warning: everybody who reaches this address can read the figures");
            }
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.OK;
    }

    private static InetSocketAddress address(String listen, ParseResult arguments) {
        try {
            return ListenAddress.of(listen);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(arguments.commandSpec().commandLine(), String.valueOf(e.getMessage()));
        }
    }
}
