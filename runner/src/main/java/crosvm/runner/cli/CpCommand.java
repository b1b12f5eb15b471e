package crosvm.runner.cli;

import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.ssh.CopyIn;
import crosvm.runner.ssh.CopyOut;
import crosvm.runner.ssh.SshOptions;
import crosvm.runner.ssh.UnreachableException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm cp}: files and folders into a guest and out of it, over vsock. */
final class CpCommand implements Command {
    @Override
    public String name() {
        return "cp";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Copy a file or folder between the host and a guest, which is written MACHINE:PATH. Folders are copied"
                                + " with all that is in them; links stay links, modes stay, and the copy belongs to who makes it. Into a folder that"
                                + " exists the copy goes by its own name; FOLDER/. stands for what is in it. A local name with a colon is written"
                                + " ./a:b.",
                        "",
                        "From a guest, devices, pipes and sockets are left out, and set-user-ID bits dropped. It is done by tar on both sides and"
                                + " ssh over vsock; crosvm ssh --help tells what that needs.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm cp app.tar.gz web:/opt/",
                        "  crosvm cp src/. web:work",
                        "  crosvm cp web:/var/log .");
        spec.addPositional(path("0", "What to copy: a path, or MACHINE:PATH."));
        spec.addPositional(path("1", "Where to: MACHINE:PATH, or a path."));
        GuestLogin.addUser(spec);
        GuestLogin.addTimeout(spec);
    }

    private static PositionalParamSpec path(String index, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .arity("1")
                .required(true)
                .paramLabel(index.equals("0") ? "FROM" : "TO")
                .type(String.class)
                .description(description)
                .build();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.words(arguments);
        String from = words.get(0);
        String to = words.get(1);
        String source = machine(from);
        String target = machine(to);
        if ((source == null) == (target == null)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    source == null
                            ? "neither FROM nor TO names a machine: write MACHINE:PATH for one of them"
                            : "FROM and TO both name a machine: copy by way of the host");
        }
        String machine = source == null ? String.valueOf(target) : source;
        StateFolder folder = MachineArgument.folder(machine, streams);
        SshOptions options = GuestLogin.options(folder, TimeOption.of(arguments, GuestLogin.TIMEOUT));
        String user = GuestLogin.user(arguments);
        try {
            if (source == null) {
                new CopyIn(options, user).copy(from, path(to));
            } else {
                new CopyOut(options, user, line -> streams.err().println("crosvm: " + line)).copy(path(from), to);
            }
            return ExitStatus.OK;
        } catch (UnreachableException e) {
            GuestLogin.tell(e, folder, streams);
            return ExitStatus.FAILED;
        }
    }

    /** The machine of a word; null for a path of the host. */
    static @Nullable String machine(String word) {
        int colon = word.indexOf(':');
        int slash = word.indexOf('/');
        return colon <= 0 || slash >= 0 && slash < colon ? null : word.substring(0, colon);
    }

    private static String path(String word) {
        return word.substring(word.indexOf(':') + 1);
    }
}
