package crosvm.runner.cli;

import crosvm.runner.instance.StateFolder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.ssh.GuestPort;
import crosvm.runner.ssh.UnreachableException;
import crosvm.runner.ssh.VsockPipe;
import crosvm.vmm.linux.VsockSocket;
import crosvm.vmm.linux.abi.VsockAddress;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm vsock}: standard input and output on a vsock port of a guest. */
final class VsockCommand implements Command {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;

    @Override
    public String name() {
        return "vsock";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Connect standard input and output to a vsock port of a guest: a way in without a network."
                                + " Ends when the guest ends the connection. The machine needs a vsock device (vsock: auto in its spec).")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm vsock web 1234 <request >answer",
                        "  ssh -o ProxyUseFdpass=yes -o ProxyCommand='crosvm vsock --fdpass web 22' root@web");
        MachineArgument.addNamed(spec);
        spec.addPositional(PositionalParamSpec.builder()
                .index("1")
                .arity("1")
                .required(true)
                .paramLabel("PORT")
                .type(String.class)
                .description("The port in the guest, 0 to " + VsockAddress.MAX_PORT + ".")
                .build());
        spec.addOption(OptionSpec.builder(GuestLogin.FDPASS)
                .description("Pass the connection to whoever has the other end of standard output, and end: for ssh's"
                        + " ProxyUseFdpass.")
                .build());
        GuestLogin.addTimeout(spec);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<String> words = MachineArgument.words(arguments);
        long port = port(arguments, words.get(1));
        StateFolder folder = MachineArgument.folder(words.get(0), streams);
        try (VsockSocket socket = new GuestPort(folder, port).connect(TimeOption.of(arguments, GuestLogin.TIMEOUT))) {
            streams.out().flush();
            if (arguments.hasMatchedOption(GuestLogin.FDPASS)) {
                VsockPipe.pass(socket, STANDARD_OUTPUT);
            } else {
                VsockPipe.run(socket, STANDARD_INPUT, STANDARD_OUTPUT);
            }
            return ExitStatus.OK;
        } catch (UnreachableException e) {
            GuestLogin.tell(e, folder, streams);
            return ExitStatus.FAILED;
        }
    }

    private static long port(ParseResult arguments, String word) {
        try {
            long port = Long.parseLong(word);
            if (port >= 0 && port <= VsockAddress.MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new ParameterException(
                arguments.commandSpec().commandLine(),
                "Invalid value for PORT: '" + word + "' is not a number from 0 to " + VsockAddress.MAX_PORT);
    }
}
