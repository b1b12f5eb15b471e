package crosvm.vmm.storage;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.jail.ForeignMain;
import crosvm.vmm.jail.HandedFiles;
import crosvm.vmm.jail.JailLimits;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.jail.JvmCommand;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A qemu-storage-daemon in a jail: namespaces of its own, an empty root, a filter that binds it before its first instruction.
 * What it opens is opened for it, out of {@link HandedFiles}. Started early; {@link #await} waits until the jail is closed.
 * Owned by the thread that starts it, which must live as long as the process is to live ({@link JailedProcess}); commands may
 * be given by any.
 */
public final class StorageDaemon implements AutoCloseable {
    /** Its policy's file name. */
    public static final String POLICY = "qemu_storage_daemon.policy";

    /** The program's name. */
    public static final String PROGRAM = "qemu-storage-daemon";

    /** What is to be installed for it. */
    public static final String PACKAGE =
            "Debian and Ubuntu: apt install qemu-system-common, or qemu-storage-daemon where"
                    + " there is such a package; Fedora: dnf install qemu-kvm-core";

    /** Where distributions put it. */
    public static final List<String> FOLDERS = List.of("/usr/bin", "/usr/libexec", "/usr/local/bin");

    /** The first that bounds its threads (main-loop's thread-pool-max). */
    private static final List<Long> OLDEST = List.of(7L, 1L);

    /** Threads that read and write images; the stack of each counts as memory of its own. */
    private static final int THREADS = 16;

    /** A request has a stack of 1 MiB, of which it touches a few KiB, and a queue has 256 requests. */
    public static final long PRIVATE_BYTES = 1L << 30;

    /** Its status when an option or an image is wrong; also that of a process that was killed, for nobody can pass that on. */
    private static final int REFUSED = 1;

    /** What it says before it ends: its name, the option, and the reason. */
    private static final Pattern REFUSAL = Pattern.compile(PROGRAM + ": (?:--\\S+ (?:\\{.*?}: )?)?(.+)");

    private static final int HEAP_MEBIBYTES = 8;
    private static final int START_MILLISECONDS = 120_000;
    private static final int ANSWER_MILLISECONDS = 20_000;
    private static final int END_MILLISECONDS = 500;

    private static final int MONITOR = JailProgram.FIRST_DESCRIPTOR;
    /** The descriptor at which it finds a listening socket for vhost-user. */
    public static final int LISTENER = MONITOR + 1;

    private final String name;
    private final JailedProcess jail;
    private final QmpConnection monitor;
    private final UnixSocket device;
    private final HandedFiles files;
    private final CompletableFuture<Void> closed;
    private volatile @Nullable String killed;

    private StorageDaemon(
            String name, JailedProcess jail, QmpConnection monitor, UnixSocket device, HandedFiles files) {
        this.name = name;
        this.jail = jail;
        this.monitor = monitor;
        this.device = device;
        this.files = files;
        this.closed = CompletableFuture.runAsync(
                () -> jail.closeDoorOnForeign(START_MILLISECONDS, files, () -> greet(monitor)), task -> {
                    Thread thread = new Thread(task, "door-" + name);
                    thread.setDaemon(true);
                    thread.start();
                });
    }

    /**
     * Starts it and returns while it starts.
     *
     * @param name the disk's, for messages
     * @param policy what binds it
     * @param log becomes its standard output and error; stays the caller's
     * @param files what it can open; taken over
     * @param options of its command line: its block graph, and what is exported on descriptor {@link #LISTENER}
     * @param fileBytes how far it may write into a file
     * @param sharedBytes the guest's memory
     * @throws VmmException when it is not installed, or the host lets no jail be made
     */
    public static StorageDaemon start(
            String name,
            JailPolicy policy,
            Fd log,
            HandedFiles files,
            List<String> options,
            long fileBytes,
            long sharedBytes) {
        Path program = find();
        List<UnixSocket> monitor = UnixSocket.pair("monitor of " + name);
        Path folder = temporaryFolder();
        Path path = folder.resolve("disk.sock");
        UnixSocket device = null;
        try (UnixSocket theirs = monitor.get(1);
                UnixSocket listener = UnixSocket.listen(path.toString())) {
            device = UnixSocket.connect(path.toString());
            List<String> arguments = new ArrayList<>(List.of("2"));
            arguments.addAll(command(program));
            arguments.addAll(options);
            JailedProcess jail = JailedProcess.start(new JailProgram(
                    name,
                    JvmCommand.of(HEAP_MEBIBYTES, List.of(), ForeignMain.class, arguments),
                    policy,
                    log,
                    List.of(theirs.fd(), listener.fd()),
                    new JailLimits(fileBytes, sharedBytes, 1, THREADS, 0, PRIVATE_BYTES)));
            return new StorageDaemon(name, jail, new QmpConnection(monitor.get(0), ANSWER_MILLISECONDS), device, files);
        } catch (RuntimeException e) {
            monitor.get(0).close();
            if (device != null) {
                device.close();
            }
            files.close();
            throw e;
        } finally {
            remove(path);
            remove(folder);
        }
    }

    /** @throws VmmException when it is not installed; the message says what to install */
    public static Path find() {
        return find(FOLDERS);
    }

    static Path find(List<String> folders) {
        for (String folder : folders) {
            Path path = Path.of(folder, PROGRAM);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        throw new VmmException(PROGRAM + " was not found in "
                + String.join(":", folders) + ". Install it (" + PACKAGE
                + "), or use a raw image with writes: keep");
    }

    private static List<String> command(Path program) {
        return List.of(
                program.toString(),
                "--object",
                "main-loop,id=main,thread-pool-max=" + THREADS,
                "--chardev",
                "socket,id=monitor,fd=" + MONITOR,
                "--monitor",
                "chardev=monitor");
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("crosvm-disk");
        } catch (IOException e) {
            throw new VmmException("no temporary folder for a socket: " + FailureReason.of(e), e);
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new VmmException(path + ": cannot be removed: " + FailureReason.of(e), e);
        }
    }

    /** @throws VmmException when it is older than what crosvm needs, or no monitor at all */
    static void greet(QmpConnection monitor) {
        List<Long> version = monitor.begin();
        boolean old = version.get(0) < OLDEST.get(0)
                || version.get(0).equals(OLDEST.get(0)) && version.get(1) < OLDEST.get(1);
        if (old) {
            throw new VmmException(PROGRAM + " is version " + dotted(version) + "; crosvm needs " + dotted(OLDEST)
                    + " or later. Update it (" + PACKAGE + ")");
        }
    }

    private static String dotted(List<Long> version) {
        return version.get(0) + "." + version.get(1);
    }

    /**
     * Waits until it has started and its jail is closed.
     *
     * @throws VmmException when that fails; it is killed then
     */
    public void await() {
        try {
            closed.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? new VmmException(name + ": " + describeEnd(String.valueOf(cause.getMessage())), cause)
                    : e;
        }
    }

    /** {@link QmpConnection#execute}, once {@link #await} has returned. Any thread. */
    public @Nullable Object execute(String command, Map<String, ?> arguments) {
        return monitor.execute(command, arguments);
    }

    /** What it can open. */
    public HandedFiles files() {
        return files;
    }

    /** The vhost-user socket; whoever takes it closes it. */
    public UnixSocket device() {
        return device;
    }

    /** The jail, for those who look at it from outside. */
    public JailedProcess jail() {
        return jail;
    }

    /** {@link JailedProcess#limitFiles}. Any thread. */
    public void limitFiles(long bytes) {
        jail.limitFiles(bytes);
    }

    /** Kills it, for a reason that {@link #describeEnd} tells. Any thread. */
    void kill(String why) {
        killed = why + " and was killed";
        jail.kill();
    }

    /** How it has ended, for people; kills it when it has not: nobody is going to talk to it again. */
    public String describeEnd(String reason) {
        ProcessExit status = jail.launcher().await(END_MILLISECONDS);
        String process = PROGRAM + ", process " + jail.launcher().pid() + ", ";
        String finding = jail.finding();
        if (finding != null) {
            return process + finding;
        }
        if (killed != null) {
            return process + killed;
        }
        if (status != null) {
            return process
                    + (status.wasSignal() || status.code() != REFUSED
                            ? status
                            : "ended: it was killed (SIGKILL), or refuses what it was given; its messages are in the log");
        }
        jail.kill();
        return reason + "; " + process + "was killed";
    }

    /**
     * Why it did not start, for people, once {@link #await} has thrown.
     *
     * @param image what it was to serve
     * @param lastWords the last line that it has said
     * @return the same failure, with the reason where it has told one
     */
    static VmmException refusal(Path image, VmmException failure, String lastWords) {
        Matcher words = REFUSAL.matcher(lastWords);
        return new VmmException(
                image + ": cannot be read: "
                        + (words.matches() ? PROGRAM + " refuses it: " + words.group(1) : failure.getMessage()),
                failure);
    }

    /** Lets it flush what it has and end; kills it if it does not. */
    @Override
    public void close() {
        try {
            if (closed.isDone() && !closed.isCompletedExceptionally() && jail.exitStatus() == null) {
                monitor.execute("quit", Map.of());
                jail.launcher().await(ANSWER_MILLISECONDS);
            } else {
                jail.kill();
                closed.join();
            }
        } catch (QmpException | CompletionException e) {
            // It is killed below.
        } finally {
            monitor.close();
            device.close();
            jail.close();
            files.close();
        }
    }
}
