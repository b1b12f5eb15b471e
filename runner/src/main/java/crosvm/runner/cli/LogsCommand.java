package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.OwnLogReader;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.report.LogLines;
import crosvm.vmm.FailureReason;
import crosvm.vmm.console.ConsoleLogReader;
import crosvm.vmm.console.LogReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm logs}: what guests have written on their consoles, or crosvm itself about machines. */
final class LogsCommand implements Command {
    private static final String SINCE = "--since";
    private static final String FOLLOW = "-f";
    private static final String TIMES = "-t";
    private static final String LINES = "-n";
    private static final String OWN = "--crosvm";
    private static final String NETWORK = "--network";
    private static final int LOOK_AGAIN_MILLISECONDS = 100;

    @Override
    public String name() {
        return "logs";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Print what the guest has written to its console, byte for byte. The last 4 to 5 MiB are"
                        + " kept, for a background machine also after its end, until it is started again without -d, or"
                        + " removed (crosvm rm). Of several machines, each line starts with the machine's name.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm logs web",
                        "  crosvm logs -f -n 50 web",
                        "  crosvm logs -f --since 10m web db",
                        "  crosvm logs -t --since 2026-11-24T08:00:00Z web",
                        "  crosvm logs --crosvm web    why it ended, what was refused",
                        "  crosvm logs -f --network web    what it tried to reach, and may not");
        spec.addOption(OptionSpec.builder(FOLLOW, "--follow")
                .description("Follow new output until the machine ends.")
                .build());
        spec.addOption(OptionSpec.builder(LINES, "--lines")
                .paramLabel("N")
                .type(String.class)
                .description("Only the last N lines of what there is.")
                .build());
        spec.addOption(OptionSpec.builder(TIMES, "--timestamps")
                .description("Start each line with the time (UTC) at which its first byte came.")
                .build());
        spec.addOption(OptionSpec.builder(SINCE)
                .paramLabel("TIME")
                .type(String.class)
                .description("Only lines since then: a time ago (30s, 10m, 2h), or a point in time:"
                        + " 2026-11-24T08:00:00Z, local time without a zone.")
                .build());
        spec.addOption(OptionSpec.builder(OWN)
                .description("Print what crosvm itself has said about a background machine instead: errors, restarts,"
                        + " system calls that were refused.")
                .build());
        spec.addOption(OptionSpec.builder(NETWORK)
                .description(
                        "Print what the machine has tried to reach through a network with an allow-list"
                                + " (internet: {allow: [...]}) and was refused: time, network, protocol, port, name and address.")
                .build());
        MachineArgument.addSeveral(spec, Kind.ANY);
    }

    /** A machine's log on its way to the output. */
    private record Shown(StateFolder folder, Path file, LogReader reader, LogLines lines) {}

    @Override
    public boolean isFor(InstanceState machine) {
        return true;
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        int last = lines(arguments);
        Instant since = TimeOption.since(arguments, SINCE, Instant.now());
        boolean plain = arguments.hasMatchedOption(OWN) || arguments.hasMatchedOption(NETWORK);
        if (arguments.hasMatchedOption(OWN) && arguments.hasMatchedOption(NETWORK)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(), OWN + " and " + NETWORK + " cannot be used together");
        }
        if (plain && (arguments.hasMatchedOption(SINCE) || arguments.hasMatchedOption(TIMES))) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    (arguments.hasMatchedOption(OWN)
                                    ? OWN + ": its lines have no times"
                                    : NETWORK + ": its lines have times of their own")
                            + "; leave out " + SINCE + " and " + TIMES);
        }
        List<StateFolder> folders = new ArrayList<>();
        for (String machine : MachineArgument.several(arguments, Kind.ANY, streams)) {
            folders.add(known(machine, arguments, streams));
        }
        int width = folders.stream().mapToInt(f -> f.name().length()).max().orElse(0);
        List<Shown> all = new ArrayList<>();
        try {
            for (StateFolder folder : folders) {
                String prefix = folders.size() > 1
                        ? folder.name() + " ".repeat(width - folder.name().length()) + " | "
                        : "";
                Path file = arguments.hasMatchedOption(OWN)
                        ? folder.ownLog()
                        : arguments.hasMatchedOption(NETWORK) ? folder.networkLog() : folder.consoleLog();
                LogReader reader = plain
                        ? new OwnLogReader(file)
                        : new ConsoleLogReader(file, since, arguments.hasMatchedOption(TIMES));
                all.add(new Shown(folder, file, reader, new LogLines(streams.out(), prefix, last)));
            }
            show(all, arguments.hasMatchedOption(FOLLOW), streams);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAILED;
        } finally {
            all.forEach(LogsCommand::close);
        }
        return ExitStatus.OK;
    }

    private static StateFolder known(String machine, ParseResult arguments, Streams streams) {
        StateFolder folder = MachineNames.resolve(machine, streams.environment());
        InstanceState state = folder.read();
        if (state == null) {
            throw new FailedException(MachineNames.notRunning(folder, null));
        }
        if (arguments.hasMatchedOption(OWN) && !state.launch().background() && !Files.exists(folder.ownLog())) {
            throw new FailedException(folder.name() + ": runs on a terminal, and crosvm's messages are shown there");
        }
        return folder;
    }

    private static void show(List<Shown> all, boolean follow, Streams streams) throws InterruptedException {
        boolean alive;
        do {
            alive = false;
            boolean any = false;
            for (Shown one : all) {
                InstanceState state = one.folder().read();
                alive |= state != null && state.isAlive(); // Looked at first: what comes before the end is read below.
                any |= pass(one, !follow);
            }
            streams.out().flush();
            if (streams.out().checkError()) {
                return; // Whoever read it has had enough.
            }
            if (follow && alive && !any) {
                Thread.sleep(LOOK_AGAIN_MILLISECONDS);
            }
        } while (follow && alive);
        all.forEach(one -> pass(one, true));
    }

    /** @param whole whether nothing more is to come */
    private static boolean pass(Shown one, boolean whole) {
        try {
            boolean any = one.reader().read(one.lines());
            if (whole) {
                one.lines().end();
            } else {
                one.lines().release();
            }
            return any;
        } catch (IOException e) {
            throw unreadable(one, e);
        }
    }

    private static FailedException unreadable(Shown one, IOException e) {
        return new FailedException(one.file() + ": cannot be read: " + FailureReason.of(e), e);
    }

    private static void close(Shown one) {
        try {
            one.reader().close();
        } catch (IOException e) {
            throw unreadable(one, e);
        }
    }

    private static int lines(ParseResult arguments) {
        String text = arguments.matchedOptionValue(LINES, (String) null);
        if (text == null) {
            return -1;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '--lines' (" + LINES + "): '" + text + "' is not a number of lines");
        }
        return Integer.parseInt(text);
    }
}
