package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.report.ExitStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm powerbtn}: presses a machine's ACPI power button. */
final class PowerbtnCommand implements Command {
    @Override
    public String name() {
        return "powerbtn";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Press a machine's ACPI power button. A guest that listens to it (systemd-logind, acpid)"
                        + " shuts itself down. Returns at once.")
                .footer("", "Examples:", "  crosvm powerbtn web");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        return MachineArgument.forEach(
                MachineArgument.several(arguments, Kind.RUNNING, streams), streams, machine -> press(machine, streams));
    }

    private static void press(String machine, Streams streams) {
        Map<String, @Nullable Object> result = MachineArgument.ask(machine, streams, "powerbtn");
        if (!"running".equals(result.get("state"))) {
            String name = MachineArgument.shown(machine, streams);
            streams.err()
                    .println("crosvm: " + name + ": is suspended; the guest sees the button press after crosvm"
                            + " resume "
                            + name);
        }
    }
}
