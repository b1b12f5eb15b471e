package crosvm.runner.cli;

import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.ssh.SshSession;
import crosvm.runner.ssh.UnreachableException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm ssh}: a shell in a guest, over vsock. */
final class SshCommand implements Command {
    private int status;

    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public List<String> arguments(List<String> given) {
        return GuestLogin.endOptionsBehindMachine(given);
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
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.words(arguments);
        StateFolder folder = MachineArgument.folder(words.get(0), streams);
        String command = words.size() == 1 ? null : String.join(" ", words.subList(1, words.size()));
        String user = GuestLogin.user(arguments);
        try (SshSession session = SshSession.start(
                GuestLogin.options(folder, TimeOption.of(arguments, GuestLogin.TIMEOUT)),
                List.of(),
                user,
                command,
                Redirect.INHERIT,
                Redirect.INHERIT)) {
            status = session.await();
            return status == 0 ? ExitStatus.OK : ExitStatus.FAILED;
        } catch (UnreachableException e) {
            GuestLogin.tell(e, folder, streams);
            return whenItFails();
        }
    }

    @Override
    public ExitStatus whenItFails() {
        return ExitStatus.NO_SESSION;
    }

    @Override
    public int code(ExitStatus ended) {
        return status != 0 ? status : ended.code();
    }
}
