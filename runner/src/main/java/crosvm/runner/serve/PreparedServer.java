package crosvm.runner.serve;

import crosvm.runner.instance.Launcher;
import crosvm.runner.report.FailedException;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps prepared processes waiting on a socket: one is started for each that has been taken or has ended. What a process that has been
 * taken does is none of the server's business; it is its parent, though, and takes its status away at its end. {@link #run} is called
 * by one thread for each process that is kept.
 */
public final class PreparedServer {
    /** Fewer seconds than these between start and end, and so often, are a fault that does not go away by trying. */
    private static final int EARLY_SECONDS = 60;

    private static final int EARLY_ENDS = 3;

    private static final int REST_MILLISECONDS = 1000;

    /** The variables of the server that a prepared process gets: none of them is a secret, and each is replaced by the caller's. */
    private static final List<String> VARIABLES = List.of("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TZ", "USER");

    /**
     * Compiled is what eight rehearsals have run that a start runs: what is interpreted costs a third of its time. For that a prepared process
     * takes 0.4 s of processor time and 7 MiB more.
     */
    private static final String COMPILED = "-XX:CompileThresholdScaling=0.4";

    /** Java 24 and later complain that an archive cannot hold all it could of modules that are opened. */
    private static final String SILENT = "-Xlog:cds=off:stderr";

    private final Fd listener;
    private final Class<?> main;
    private final List<String> arguments;
    private final Map<String, String> environment;
    private final Consumer<String> news;

    /**
     * Makes one, which does nothing yet.
     *
     * @param listener on which the processes accept; stays the caller's
     * @param main of a prepared process
     * @param arguments of that
     * @param environment the server's
     * @param news told what a person may want to know
     */
    public PreparedServer(
            Fd listener,
            Class<?> main,
            List<String> arguments,
            Map<String, String> environment,
            Consumer<String> news) {
        this.listener = listener;
        this.main = main;
        this.arguments = List.copyOf(arguments);
        this.environment = new LinkedHashMap<>(environment);
        this.environment.keySet().retainAll(VARIABLES);
        this.news = news;
    }

    /**
     * Keeps one process waiting, for ever.
     *
     * @throws FailedException when it ends again and again before anybody has taken it
     */
    public void run() {
        int early = 0;
        while (early < EARLY_ENDS) {
            long start = System.nanoTime();
            ProcessExit end = prepareOne();
            if (end != null) {
                news.accept("a prepared process has ended by itself: " + end);
                early = System.nanoTime() - start < EARLY_SECONDS * 1_000_000_000L ? early + 1 : 0;
            }
        }
        throw new FailedException("processes cannot be prepared: " + EARLY_ENDS
                + " have ended before anybody has taken them. CROSVM_DEBUG=1 crosvm serve tells more");
    }

    /** @return how it has ended; null when it has been taken */
    private @Nullable ProcessExit prepareOne() {
        List<UnixSocket> lifeline = UnixSocket.pair("a prepared process");
        ChildProcess process;
        try (UnixSocket theirs = lifeline.get(1);
                Fd nothing = Fd.open("/dev/null", Fd.O_RDWR)) {
            Fd standardError = Fd.owning(2, "standard error");
            process = ChildProcess.start(
                    "a prepared process",
                    command(),
                    environment,
                    List.of(nothing, nothing, standardError, listener, theirs.fd()),
                    "/");
        } catch (RuntimeException e) {
            lifeline.get(0).close();
            throw e;
        }
        boolean isTaken;
        try (UnixSocket ours = lifeline.get(0)) {
            isTaken = awaitTaken(ours, process);
        }
        if (!isTaken) {
            return end(process);
        }
        news.accept("process " + process.pid() + " has been taken");
        Thread reaper = new Thread(null, () -> end(process), "reaper-" + process.pid(), 1 << 16);
        reaper.setDaemon(true);
        reaper.start();
        rest();
        return null;
    }

    /** The machine that starts now is to have the processors, and not its successor. */
    private static void rest() {
        try {
            Thread.sleep(REST_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProcessExit end(ChildProcess process) {
        ProcessExit end;
        do {
            end = process.await(-1);
        } while (end == null);
        process.leave();
        return end;
    }

    private boolean awaitTaken(UnixSocket lifeline, ChildProcess process) {
        NativeBuffer word = NativeBuffer.allocate(1);
        while (true) {
            lifeline.awaitReadable(-1);
            long got = lifeline.receive(word, 0, 1, new ArrayList<>());
            if (got == 1 && word.bytes().get(0) == HandOver.READY) {
                news.accept("process " + process.pid() + " is prepared");
            } else if (got == 1) {
                return true;
            } else if (got != -Errno.EAGAIN.code()) {
                return false;
            }
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(Launcher.java());
        List<String> own = new ArrayList<>(List.of(Launcher.PREPARED, COMPILED, SILENT));
        own.addAll(TakenOver.OPTIONS);
        command.addAll(command.size() - 2, own); // In front of the class path.
        command.add(main.getName());
        command.addAll(arguments);
        return command;
    }

    /** The socket in a folder. */
    public static Path socket(Path folder) {
        return folder.resolve("socket");
    }
}
