package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.ssh.GuestProgram;
import crosvm.runner.ssh.SshOptions;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm exec}: a command in a guest, over vsock, as if it ran here. */
final class ExecCommand extends GuestCommand {
    private static final String TERMINAL = "-t";

    @Override
    public String name() {
        return "exec";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Run a command in a guest: its standard input, output, error and exit status are the command's own,"
                                + " 128+N when signal N ended it. No shell takes the words apart, and there is no terminal unless -t asks for one."
                                + " The exit status is 125 when the command could not be run or its end is not known.",
                        "",
                        "It is done by ssh over vsock; crosvm ssh --help tells what that needs.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm exec web -- systemctl is-system-running",
                        "  crosvm exec web -- sh -c 'tar -C /etc -c .' >etc.tar",
                        "  crosvm exec -t web -- top");
        MachineArgument.addNamed(spec);
        MachineArgument.addGuestWords(spec, "1..*", "The program in the guest, and its arguments.");
        spec.addOption(OptionSpec.builder(TERMINAL, "--tty")
                .description("Give the command a terminal, which follows the size of this one.")
                .build());
        GuestLogin.addUser(spec);
        GuestLogin.addTimeout(spec);
    }

    @Override
    int run(SshOptions options, String user, List<String> words, ParseResult arguments) {
        return new GuestProgram(words, user, arguments.hasMatchedOption(TERMINAL)).run(options);
    }

    @Override
    public ExitStatus whenItFails() {
        return ExitStatus.NOT_RUN;
    }
}
