package crosvm.runner.cli;

import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.ssh.SshOptions;
import crosvm.runner.ssh.UnreachableException;
import java.util.List;
import picocli.CommandLine.ParseResult;

/** A command that runs something in a guest by ssh, and ends with the status of that. */
abstract class GuestCommand implements Command {
    private int status;

    /**
     * Runs it.
     *
     * @param words what stands behind the machine
     * @return its exit status, 0 to 255
     * @throws UnreachableException when the guest is not reached, or what became of it is not known
     */
    abstract int run(SshOptions options, String user, List<String> words, ParseResult arguments);

    @Override
    public List<String> arguments(List<String> given) {
        return GuestLogin.endOptionsBehindMachine(given);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.words(arguments);
        StateFolder folder = MachineArgument.folder(words.get(0), streams);
        SshOptions options = GuestLogin.options(folder, TimeOption.of(arguments, GuestLogin.TIMEOUT));
        String user = GuestLogin.user(arguments);
        try {
            status = run(options, user, words.subList(1, words.size()), arguments);
            return status == 0 ? ExitStatus.OK : ExitStatus.FAILED;
        } catch (UnreachableException e) {
            GuestLogin.tell(e, folder, streams);
            return whenItFails();
        }
    }

    @Override
    public int code(ExitStatus ended) {
        return status != 0 ? status : ended.code();
    }
}
