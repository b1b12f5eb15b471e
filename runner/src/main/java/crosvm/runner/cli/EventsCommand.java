package crosvm.runner.cli;

import crosvm.runner.event.EventWatch;
import crosvm.runner.event.MachineEvent;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm events}: what happens to machines, as it happens. */
final class EventsCommand implements Command {
    @Override
    public String name() {
        return "events";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Print what happens to your machines, as it happens: an object of JSON a line, until Ctrl-C.",
                        "",
                        "Members: time, machine, event, and what belongs to the event. Events: present (it was there when"
                                + " the command began; with its state), starting, running, suspended, resumed, unresponsive,"
                                + " restarting (status, cause), ended (for good; status, cause), removed. A suspension is seen"
                                + " within a second, everything else at once.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm events",
                        "  crosvm events web db",
                        "  crosvm events | jq 'select(.event == \"ended\" and .status != 0)'");
        MachineArgument.addAny(spec);
    }

    @Override
    public boolean isFor(InstanceState machine) {
        return true;
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        Predicate<String> wanted = MachineArgument.any(arguments, streams);
        StateFolders folders = StateFolders.of(streams.environment());
        try (EventWatch watch = EventWatch.of(folders, wanted)) {
            while (!streams.out().checkError()) { // Flushes, too; whoever read it may have gone.
                List<MachineEvent> events = watch.next();
                events.forEach(event -> streams.out().println(event.toJson()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.OK;
    }
}
