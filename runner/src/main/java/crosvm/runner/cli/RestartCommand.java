package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.Launcher;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm restart}: down, and up again as it was started, with the spec as it is now. */
final class RestartCommand implements Command {
    @Override
    public String name() {
        return "restart";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Restart background machines: shut each down, as crosvm down does, and start it again with the same"
                                + " flags and the current contents of its spec. Everything that it needs is checked first: if"
                                + " there is an error, the machine is left running. A machine that has ended is just started. Of several"
                                + " machines, one is restarted after the other.")
                .footer("", "Examples:", "  crosvm restart web", "  crosvm restart --wait 'login:' web");
        DownCommand.addTimeout(spec);
        UpCommand.addWait(spec);
        FormatOption.addDescribed(
                spec,
                "text, or json: an object a machine, a line each, as crosvm up -d. Default: text.",
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
        // Whatever is wrong with the options is said before the machine goes down.
        NeededOption.check(arguments, UpCommand.WAIT, List.of(UpCommand.WAIT_TIMEOUT));
        UpCommand.pattern(arguments);
        TimeOption.of(arguments, UpCommand.WAIT_TIMEOUT);
        TimeOption.of(arguments, DownCommand.TIMEOUT);
        FormatOption.of(arguments);
        return MachineArgument.each(
                MachineArgument.several(arguments, Kind.ANY, streams),
                streams,
                machine -> restart(machine, arguments, streams));
    }

    private static ExitStatus restart(String machine, ParseResult arguments, Streams streams) {
        Duration timeout = TimeOption.of(arguments, DownCommand.TIMEOUT);
        InstanceState state = MachineNames.require(machine, streams.environment());
        String name = state.launch().name();
        StateFolder folder = MachineNames.resolve(name, streams.environment());
        if (!state.launch().background()) {
            throw new FailedException(name
                    + ": runs on a terminal and cannot be restarted from here. End it there, or with: crosvm down"
                    + " " + name);
        }
        List<String> up = new ArrayList<>(state.launch().words());
        List<String> check = new ArrayList<>(up.subList(2, up.size()));
        check.addAll(0, List.of("up", UpCommand.CHECK));
        if (state.launch().fleet() != null) { // What it depends on is not this command's business.
            up.add(UpCommand.NO_DEPS);
            check.add(UpCommand.NO_DEPS);
        }
        try {
            ExitStatus sound = run(folder, state, check, true);
            if (sound != ExitStatus.OK) {
                streams.err().println("crosvm: " + name + ": is left as it is");
                return sound;
            }
            if (state.isAlive()) {
                DownCommand.await(name, MachineDown.begin(folder, timeout), streams);
            }
            for (String option : List.of(UpCommand.WAIT, UpCommand.WAIT_TIMEOUT)) {
                if (arguments.hasMatchedOption(option)) {
                    String value = arguments.matchedOptionValue(option, "");
                    up.add(value.isEmpty() ? option : option + "=" + value);
                }
            }
            if (FormatOption.isJson(arguments)) {
                up.add("--format=json");
            }
            return run(folder, state, up, false);
        } catch (IOException e) {
            throw new FailedException(name + ": cannot be restarted: " + FailureReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAILED;
        }
    }

    /** Runs another crosvm where the machine was started from; a spec from standard input comes from where it was kept. */
    private static ExitStatus run(StateFolder folder, InstanceState state, List<String> words, boolean silent)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(Launcher.program(words))
                .directory(state.launch().folder().toFile())
                .inheritIO();
        if (state.launch().file() == null) {
            builder.redirectInput(folder.specFile().toFile());
        }
        if (silent) {
            builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        }
        return ExitStatus.of(builder.start().waitFor());
    }
}
