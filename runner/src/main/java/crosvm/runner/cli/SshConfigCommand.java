package crosvm.runner.cli;

import crosvm.runner.cli.MachineArgument.Kind;
import crosvm.runner.report.ExitStatus;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm ssh-config}: machines as hosts of the user's own ssh. */
final class SshConfigCommand implements Command {
    @Override
    public String name() {
        return "ssh-config";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Print a section of ~/.ssh/config for each running machine. By it ssh, scp, sftp, rsync and editors reach"
                                + " the guest over vsock, as a host called crosvm-MACHINE. It holds as long as the machine runs: the key is made"
                                + " anew at each start.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm ssh-config web >~/.ssh/crosvm.conf    with \"Include crosvm.conf\" on top of ~/.ssh/config",
                        "  scp crosvm-web:/var/log/syslog .",
                        "  rsync -e 'ssh -F ~/.ssh/crosvm.conf' -a src/ crosvm-web:src/");
        MachineArgument.addSeveral(spec, Kind.RUNNING);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> machines = MachineArgument.several(arguments, Kind.RUNNING, streams);
        return MachineArgument.forEach(
                machines,
                streams,
                machine -> streams.out()
                        .print(GuestLogin.configuration(MachineArgument.requireRunning(machine, streams))
                                .config()));
    }
}
