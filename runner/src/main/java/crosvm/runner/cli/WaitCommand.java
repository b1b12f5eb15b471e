package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm wait}: until machines have ended. */
final class WaitCommand implements Command {
    @Override
    public String name() {
        return "wait";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Wait until a machine has ended for good, restarts included, and exit with its exit status: 0"
                                + " after power-off or stop, 32 reset, 33 crash, 34 panic, 1 when crosvm failed or was"
                                + " killed. A background machine that has already ended gives its status at once.",
                        "",
                        "Of several machines, waits for all; the exit status is the first that is not 0.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm up -d job.yaml && crosvm wait job",
                        "  crosvm wait --format json a b    the status and cause of each");
        FormatOption.addDescribed(
                spec,
                "text (a line on standard error for each that did not end well), or json: an object a machine, a line each."
                        + " Default: text.",
                "text",
                "json");
        MachineArgument.addSeveral(spec, Kind.ANY);
    }

    @Override
    public boolean isFor(InstanceState machine) {
        return true;
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean json = FormatOption.isJson(arguments);
        List<String> machines = MachineArgument.several(arguments, Kind.ANY, streams);
        Map<String, Supplier<MachineEnd>> ends = new LinkedHashMap<>();
        // At the same time: a machine on a terminal tells its end only to who listens then.
        machines.forEach(machine -> ends.put(machine, inBackground(() -> end(machine, streams))));
        return MachineArgument.each(machines, streams, machine -> {
            MachineEnd end = Objects.requireNonNull(ends.get(machine), machine).get();
            String name = MachineNames.resolve(machine, streams.environment()).name();
            if (json) {
                Map<String, @Nullable Object> facts = new LinkedHashMap<>();
                facts.put("name", name);
                facts.put("status", end.status());
                facts.put("cause", end.cause());
                streams.out().println(Json.compact(facts));
                streams.out().flush();
            } else if (end.status() != 0 && !end.cause().isEmpty()) {
                streams.err().println("crosvm: " + name + ": " + end.cause());
            }
            return ExitStatus.of(end.status());
        });
    }

    /** On a thread of its own, which does not keep the program. What it throws is thrown to who asks. */
    private static Supplier<MachineEnd> inBackground(Supplier<MachineEnd> wait) {
        CompletableFuture<MachineEnd> future = CompletableFuture.supplyAsync(wait, task -> {
            Thread thread = new Thread(task, "wait");
            thread.setDaemon(true);
            thread.start();
        });
        return () -> {
            try {
                return future.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        };
    }

    private static MachineEnd end(String machine, Streams streams) {
        StateFolder folder = MachineNames.resolve(machine, streams.environment());
        MachineEnd end = MachineEnd.await(folder, null);
        if (end == null) {
            throw new FailedException(MachineNames.notRunning(folder, null));
        }
        return end;
    }
}
