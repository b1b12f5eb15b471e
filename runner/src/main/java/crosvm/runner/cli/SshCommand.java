package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.ssh.SshOptions;
import crosvm.runner.ssh.SshSession;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm ssh}: a shell in a guest, over vsock. */
final class SshCommand extends GuestCommand {
    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Log in to a guest by OpenSSH over vsock, without a network and without a password: with the key that was"
                                + " made for the machine when it was started. With a COMMAND, the guest's shell runs that. The exit status is"
                                + " ssh's: the command's, or 255.",
                        "",
                        "The spec needs vsock: auto; the guest needs sshd on vsock port 22, where systemd 256 and later has it"
                                + " listen by itself.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm ssh web",
                        "  crosvm ssh web 'journalctl -b | tail'",
                        "  crosvm ssh -l alice web");
        MachineArgument.addNamed(spec);
        MachineArgument.addGuestWords(spec, "0..*", "A line for the guest's shell, as words of it.");
        GuestLogin.addUser(spec);
        GuestLogin.addTimeout(spec);
    }

    @Override
    int run(SshOptions options, String user, List<String> words, ParseResult arguments) {
        String command = words.isEmpty() ? null : String.join(" ", words);
        try (SshSession session =
                SshSession.start(options, List.of(), user, command, Redirect.INHERIT, Redirect.INHERIT)) {
            return session.await();
        }
    }

    @Override
    public ExitStatus whenItFails() {
        return ExitStatus.NO_SESSION;
    }
}
