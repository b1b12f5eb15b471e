package crosvm.runner.cli;

import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.serve.PreparedServer;
import crosvm.runner.serve.RunningServer;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.UnixListener;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm serve}: keeps prepared processes for the next machines. */
final class ServeCommand implements Command {
    private static final String PREPARED = "--prepared";
    private static final int MAX_PREPARED = 64;
    private static final String DEVICES = "--prepared-devices";
    private static final int MAX_DEVICES = 16;
    /** A stock machine's: a disk, random numbers, a network card. */
    private static final int DEFAULT_DEVICES = 3;

    /** What systemd hands over stands here (sd_listen_fds(3)). */
    private static final int FIRST_LISTENER = 3;

    @Override
    public String name() {
        return "serve";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Keep processes prepared, so that up and run start at once: warm Javas, each for one machine.",
                        "",
                        "Runs until interrupted. While it does, up and run of the same user, program and Java hand their command line,"
                                + " terminal and environment to a process that waits, and another one is prepared in its place. Without"
                                + " this command, or where the process could not be as if it had been started there (another network namespace, a"
                                + " control group with limits, other capabilities), they start as usual and say nothing."
                                + " CROSVM_SERVE=0 starts as usual, too.",
                        "",
                        "With each of them wait a few processes for jailed devices; each becomes one device of that machine, and is sealed"
                                + " with that device's policy before it sees anything of the guest. A machine that needs more starts them"
                                + " as usual; those that it does not need end.",
                        "",
                        "Machines that run go on when it ends. A prepared process takes about as much memory as a machine without its"
                                + " guest, a device process that waits as much as one that runs.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm serve",
                        "  crosvm serve --prepared 4",
                        "  systemctl --user enable --now crosvm-serve.socket    of the Debian package");
        spec.addOption(OptionSpec.builder(PREPARED)
                .paramLabel("NUMBER")
                .type(String.class)
                .description("How many processes wait: 1 to " + MAX_PREPARED + ". Default: 1.")
                .build());
        spec.addOption(OptionSpec.builder(DEVICES)
                .paramLabel("NUMBER")
                .type(String.class)
                .description("How many device processes wait with each of them: 0 to " + MAX_DEVICES + ". Default: "
                        + DEFAULT_DEVICES + ".")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        int count = number(arguments, PREPARED, 1, 1, MAX_PREPARED);
        int devices = number(arguments, DEVICES, DEFAULT_DEVICES, 0, MAX_DEVICES);
        String identity = System.getProperty("crosvm.identity", "");
        if (identity.isEmpty()) {
            throw new FailedException(
                    "serve: only the built program (bin/crosvm) can keep processes prepared, on a Java"
                            + " that says in its file \"release\" which one it is, without CROSVM_JAVA_OPTS");
        }
        if (streams.environment().getOrDefault("XDG_RUNTIME_DIR", "").isEmpty()) {
            throw new FailedException(
                    "serve: XDG_RUNTIME_DIR is not set, so up and run would not find the socket. Set it to"
                            + " a folder of your own, in every shell");
        }
        Path folder = StateFolders.of(streams.environment()).prepared();
        UnixListener own = isSocketGiven(streams) ? null : listen(PreparedServer.socket(folder));
        if (own != null && !EndingSignals.atEnd(new Thread(own::close, "socket"))) { // A signal is its usual end.
            own.close();
            return ExitStatus.FAILED;
        }
        try (Fd listener = own == null ? Fd.owning(FIRST_LISTENER, "systemd's socket") : own.fd()) {
            try {
                listener.setNonBlocking();
                sweep(folder);
                List<String> words =
                        List.of(identity, folder.toString(), String.valueOf(streams.debug()), String.valueOf(devices));
                keep(count, listener, words, streams);
            } finally {
                if (own != null) {
                    own.close();
                }
            }
        }
        return ExitStatus.FAILED;
    }

    private static UnixListener listen(Path socket) {
        RunningServer.requireNone(socket);
        return UnixListener.at(socket);
    }

    private static int number(ParseResult arguments, String option, int otherwise, int least, int most) {
        String text = arguments.matchedOptionValue(option, String.valueOf(otherwise));
        if (text.matches("[0-9]{1,4}") && Integer.parseInt(text) >= least && Integer.parseInt(text) <= most) {
            return Integer.parseInt(text);
        }
        throw new ParameterException(
                arguments.commandSpec().commandLine(),
                "Invalid value for option '" + option + "': '" + text + "' is not a number from " + least + " to "
                        + most);
    }

    private static boolean isSocketGiven(Streams streams) {
        String process = String.valueOf(OwnProcess.pid());
        return process.equals(streams.environment().get("LISTEN_PID"))
                && "1".equals(streams.environment().get("LISTEN_FDS"));
    }

    /** Of servers that were killed. */
    private static void sweep(Path folder) {
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder, "r[0-9]*")) {
            folders.forEach(left::add);
            for (Path one : left) {
                Rehearsal.remove(one);
            }
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    private static void keep(int count, Fd listener, List<String> words, Streams streams) {
        LinkedBlockingQueue<RuntimeException> failures = new LinkedBlockingQueue<>();
        PreparedServer server = new PreparedServer(
                listener,
                PreparedMain.class,
                words,
                streams.environment(),
                text -> streams.err().println("crosvm: serve: " + text));
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(() -> keepOne(server, failures), "prepared-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        try {
            throw failures.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void keepOne(PreparedServer server, LinkedBlockingQueue<RuntimeException> failures) {
        try {
            server.run();
        } catch (RuntimeException e) {
            failures.add(e);
        }
    }
}
