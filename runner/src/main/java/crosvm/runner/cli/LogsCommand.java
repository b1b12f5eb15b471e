package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineNames;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.Durations;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.console.ConsoleLogReader;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm logs}: what the guest has written on its console. */
final class LogsCommand implements Command {
    private static final String SINCE = "--since";
    private static final String FOLLOW = "-f";
    private static final String TIMES = "-t";
    private static final int LOOK_AGAIN_MILLISECONDS = 100;

    @Override
    public String name() {
        return "logs";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Print what the guest has written to its console, byte for byte. The last 4 to 5 MiB are"
                        + " kept, for a background machine also after its end, until it is started again without -d.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm logs web",
                        "  crosvm logs -f --since 10m web",
                        "  crosvm logs -t --since 2026-11-24T08:00:00Z web");
        spec.addOption(OptionSpec.builder(FOLLOW, "--follow")
                .description("Follow new output until the machine ends.")
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
        MachineNameArgument.addOne(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        StateFolder folder = MachineNames.resolve(MachineNameArgument.one(arguments), streams.environment());
        if (folder.read() == null) {
            throw new FailedException(MachineNames.notThere(folder.name()));
        }
        Instant since = since(arguments, Instant.now());
        boolean follow = arguments.hasMatchedOption(FOLLOW);
        try (ConsoleLogReader reader =
                new ConsoleLogReader(folder.consoleLog(), since, arguments.hasMatchedOption(TIMES))) {
            boolean alive;
            do {
                InstanceState state = folder.read();
                alive = state != null && state.phaseNow().isAlive();
                boolean any = reader.read(streams.out());
                streams.out().flush();
                if (streams.out().checkError()) {
                    return ExitStatus.OK; // Whoever read it has had enough.
                }
                if (follow && alive && !any) {
                    Thread.sleep(LOOK_AGAIN_MILLISECONDS);
                }
            } while (follow && alive);
            return ExitStatus.OK;
        } catch (IOException e) {
            throw new FailedException(folder.consoleLog() + ": cannot be read: " + FailureReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAILED;
        }
    }

    private static Instant since(ParseResult arguments, Instant now) {
        String text = arguments.matchedOptionValue(SINCE, null);
        if (text == null) {
            return Instant.MIN;
        }
        Duration ago = Durations.parse(text);
        if (ago != null) {
            return now.minus(ago);
        }
        try {
            return text.matches(".*(Z|[+-][0-9]{2}:?[0-9]{2})")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text.replace(' ', 'T'))
                            .atZone(ZoneId.systemDefault())
                            .toInstant();
        } catch (DateTimeException e) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "Invalid value for option '" + SINCE + "': '" + text
                            + "' is not a time; write 10m, 2h or 2026-11-24T08:00:00Z");
        }
    }
}
