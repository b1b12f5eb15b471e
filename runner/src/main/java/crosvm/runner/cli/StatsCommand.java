package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.ControlClient;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.StatsText;
import crosvm.schema.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm stats}: what a running machine has done so far, or does in each second. */
final class StatsCommand implements Command {
    private static final String FORMAT = "--format";
    private static final String WATCH = "--watch";
    private static final List<String> FORMATS = List.of("table", "json", "prometheus");
    private static final long SECOND = 1_000;

    @Override
    public String name() {
        return "stats";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Show what a machine has done since its start: each vCPU's exits by reason, each queue's"
                        + " requests, bytes and mean time, disk and network throughput, memory and balloon. Where the"
                        + " kernel moves the data (vhost), a queue counts nothing.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm stats web                       a table",
                        "  crosvm stats web --watch               the changes of each second, until Ctrl-C or the"
                                + " machine's end",
                        "  crosvm stats web --format prometheus   for a node exporter's text file collector");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
        spec.addOption(OptionSpec.builder(FORMAT)
                .paramLabel(String.join("|", FORMATS))
                .type(String.class)
                .defaultValue("table")
                .completionCandidates(FORMATS)
                .description("table (default), json, or prometheus (its text format).")
                .build());
        spec.addOption(OptionSpec.builder(WATCH)
                .description("Repeat every second: a table of the changes, or a line of JSON with the counters.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String format = ChoiceOption.of(arguments, FORMAT, FORMATS);
        boolean watch = arguments.hasMatchedOption(WATCH);
        if (watch && format.equals("prometheus")) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    WATCH + " applies to table and json only: Prometheus polls by itself");
        }
        List<String> machines = MachineArgument.several(arguments, Kind.RUNNING, streams);
        if (machines.size() > 1 && (watch || format.equals("prometheus"))) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    (watch ? WATCH : FORMAT + " prometheus") + " shows one machine; name only one");
        }
        return MachineArgument.forEach(
                machines,
                streams,
                machine -> MachineArgument.with(machine, streams, client -> {
                    if (watch) {
                        watch(client, format.equals("json"), streams);
                    } else {
                        if (machines.size() > 1 && format.equals("table")) {
                            streams.out()
                                    .println((machine.equals(machines.get(0)) ? "" : "\n")
                                            + MachineArgument.shown(machine, streams) + ":");
                        }
                        streams.out().print(once(client, format));
                    }
                    return ExitStatus.OK;
                }));
    }

    private static String once(ControlClient client, String format) {
        if (format.equals("prometheus")) {
            return String.valueOf(
                    client.ask("stats", Map.of("format", "prometheus")).get("text"));
        }
        Map<String, @Nullable Object> stats = client.ask("stats", Map.of());
        return format.equals("json") ? Json.pretty(stats) : StatsText.of(stats);
    }

    private static void watch(ControlClient client, boolean json, Streams streams) {
        Map<String, @Nullable Object> before = Map.of();
        try {
            while (!streams.out().checkError()) { // Flushes, too; whoever read it may have gone.
                Map<String, @Nullable Object> now = client.ask("stats", Map.of());
                if (json) {
                    streams.out().println(Json.compact(now));
                } else {
                    streams.out().println(StatsText.change(before, now));
                }
                before = now;
                Thread.sleep(SECOND);
            }
        } catch (ControlClient.Ended e) {
            return; // Its end is that of the watching, too.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
