package crosvm.runner.cli;

import crosvm.runner.instance.Launcher;
import crosvm.runner.remote.CarriedStore;
import crosvm.runner.remote.Delivery;
import crosvm.runner.remote.HostOrder;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm receive}: what another computer's crosvm runs here by ssh, when CROSVM_HOST names this host. */
final class ReceiveCommand implements Command {
    private int status;

    @Override
    public String name() {
        return Delivery.COMMAND;
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Take files and a command from another computer's crosvm, which runs this by ssh when CROSVM_HOST names this"
                                + " host. The files are kept in $XDG_STATE_HOME/crosvm/carried (~/.local/state). The command ends with"
                                + " standard input. Not for use by hand.")
                .footer("", "Examples:", "  ssh alice@big crosvm receive VERSION");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel("VERSION")
                .type(String.class)
                .description("The version of the other crosvm, which must be this one's.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        streams.out().println(Delivery.greeting(Version.number()));
        streams.out().flush();
        String theirs = arguments.matchedPositional(0).originalStringValues().get(0);
        if (!theirs.equals(Version.number())) {
            return ExitStatus.USAGE; // The other side has been told the version, and tells its user.
        }
        DataInputStream in = new DataInputStream(streams.in());
        HostOrder order = HostOrder.receive(in);
        CarriedStore store = CarriedStore.of(streams.environment());
        store.receive(order, in, streams.out());
        try {
            status = runWords(order, store, streams, in);
        } catch (IOException e) {
            throw new FailedException("cannot start another crosvm: " + FailureReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAILED;
        }
        return status == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    }

    /** In a process of its own: a Java process cannot change its working folder. */
    private static int runWords(HostOrder order, CarriedStore store, Streams streams, DataInputStream in)
            throws IOException, InterruptedException {
        Path folder = store.place(order, order.folder());
        ProcessBuilder builder = new ProcessBuilder(Launcher.program(order.words()))
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT);
        builder.environment().clear();
        builder.environment().putAll(environment(order, store, streams.environment()));
        Process process = builder.start();
        Thread watch = new Thread(() -> endWith(in, process), "end-of-session");
        watch.setDaemon(true);
        watch.start();
        return process.waitFor();
    }

    /** The variables of the other computer over this one's, which must not lead crosvm's own folders astray. */
    private static Map<String, String> environment(HostOrder order, CarriedStore store, Map<String, String> here) {
        Map<String, String> all = new LinkedHashMap<>(here);
        String home = here.getOrDefault("HOME", "");
        if (!here.getOrDefault("XDG_CACHE_HOME", "").startsWith("/") && home.startsWith("/")) {
            all.put("XDG_CACHE_HOME", home + "/.cache");
        }
        all.putAll(order.environment());
        all.put(HostOrder.CARRIED, store.root(order).toString());
        all.remove(OtherHost.VARIABLE);
        return all;
    }

    /** Who has sent the order has gone when standard input ends. */
    private static void endWith(DataInputStream in, Process process) {
        try {
            while (in.read() >= 0) {
                // Nothing more is expected.
            }
        } catch (IOException e) {
            process.destroy();
            return;
        }
        process.destroy();
    }

    @Override
    public int code(ExitStatus ended) {
        return status != 0 ? status : ended.code();
    }
}
