package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LiveStatus;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.Phase;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.MachineList;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm ps}: the machines of this user. */
final class PsCommand implements Command {
    @Override
    public String name() {
        return "ps";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "List your running machines: name, state, process, uptime, vCPUs, memory, balloon, vsock id, spec."
                                + " States: starting, running, suspended, ending, restarting (ended, and about to be started"
                                + " again), unresponsive (its process does not answer); with -a also ended and died (killed,"
                                + " or the host crashed).")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm ps",
                        "  crosvm ps -a --format json",
                        "  crosvm ps shop.yaml                      the machines of a file",
                        "  crosvm down $(crosvm ps -q)");
        spec.addOption(OptionSpec.builder("-a", "--all")
                .description(
                        "Also list machines that have ended and left their log; shows when and why each ended, and how"
                                + " often it was started again.")
                .build());
        spec.addOption(OptionSpec.builder("-q", "--quiet")
                .description("Print names only.")
                .build());
        FormatOption.addTo(spec, "table", "json");
        MachineArgument.addAny(spec);
    }

    @Override
    public boolean isFor(InstanceState machine) {
        return true;
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        boolean json = FormatOption.isJson(arguments);
        boolean all = arguments.hasMatchedOption("-a");
        StateFolders folders = StateFolders.of(streams.environment());
        Predicate<String> wanted = MachineArgument.any(arguments, streams);
        List<InstanceState> states = folders.all().stream()
                .filter(state -> all || state.isAlive())
                .filter(state -> wanted.test(state.launch().name()))
                .toList();
        if (arguments.hasMatchedOption("-q")) {
            states.forEach(state -> streams.out().println(state.launch().name()));
            return ExitStatus.OK;
        }
        MachineList list = new MachineList(Instant.now());
        for (InstanceState state : states) {
            Phase phase = state.phaseNow();
            LiveStatus live = phase == Phase.RUNNING
                    ? LiveStatus.ask(folders.of(state.launch().name()))
                    : LiveStatus.none();
            list.add(new MachineList.Row(
                    state.launch().name(),
                    live.state() == null ? phase.word() : live.state(),
                    phase.isAlive() ? state.process().pid() : null,
                    state.started(),
                    state.since(),
                    state.ended(),
                    state.launch().vcpus(),
                    state.launch().memory(),
                    live.balloon(),
                    live.cid(),
                    state.launch().file(),
                    state.restarts(),
                    state.status(),
                    phase == Phase.DIED ? MachineEnd.DIED.cause() : state.cause(),
                    state.launch().fleet(),
                    phase == Phase.RUNNING ? state.readiness() : null));
        }
        streams.out().print(json ? list.toJson() : list.toTable(all));
        return ExitStatus.OK;
    }
}
