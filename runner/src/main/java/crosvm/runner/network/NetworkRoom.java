package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NetworkNamespace;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The network's namespace, as a thread that is in it: what it starts, opens and looks at is the namespace's. Everything else in this
 * process stays outside. Any thread may use it.
 */
final class NetworkRoom {
    private static final int PROGRAM_MILLISECONDS = 60_000;
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C.UTF-8");

    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread inside = new Thread(task, "network");
        inside.setDaemon(true);
        return inside;
    });
    private final Path folder;
    private final NetworkTools tools;

    /**
     * A namespace.
     *
     * @param folder for files of its programs
     * @param joined one that is there; null for a new one
     */
    NetworkRoom(Path folder, NetworkTools tools, @Nullable Fd joined) {
        this.folder = folder;
        this.tools = tools;
        call(() -> {
            if (joined == null) {
                NetworkNamespace.unshare();
            } else {
                NetworkNamespace.enter(joined);
            }
            return "";
        });
    }

    Path folder() {
        return folder;
    }

    NetworkTools tools() {
        return tools;
    }

    /** Does something on the thread in the namespace, and waits for it. */
    <T> T call(Callable<T> task) {
        try {
            return CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return task.call();
                                } catch (RuntimeException e) {
                                    throw e;
                                } catch (Exception e) {
                                    throw new FailedException(String.valueOf(e.getMessage()), e);
                                }
                            },
                            thread)
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Starts a program in the namespace. */
    ChildProcess start(List<String> command, Path log) {
        return call(() -> startHere(command, log));
    }

    /** Starts a program in the namespace of the calling thread. */
    static ChildProcess startHere(List<String> command, Path log) {
        try (Fd nothing = Fd.open("/dev/null", Fd.O_RDWR);
                Fd output = Fd.open(log.toString(), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_APPEND)) {
            String name = String.valueOf(Path.of(command.get(0)).getFileName());
            return ChildProcess.start(name, command, ENVIRONMENT, List.of(nothing, output, output), "/");
        }
    }

    /**
     * Runs a program in the namespace to its end.
     *
     * @throws FailedException with what it said, when it fails
     */
    void run(String... command) {
        Path log = folder.resolve("command.log");
        try {
            Files.deleteIfExists(log);
            try (ChildProcess process = start(List.of(command), log)) {
                ProcessExit end = process.await(PROGRAM_MILLISECONDS);
                if (end == null || end.wasSignal() || end.code() != 0) {
                    throw new FailedException(String.join(" ", command) + ": "
                            + (end == null ? "did not end" : String.valueOf(end)) + ": " + lastWords(log));
                }
            }
        } catch (IOException e) {
            throw new FailedException(log + ": " + FailureReason.of(e), e);
        }
    }

    /** Hands rules to nft, all of them or none. */
    void rules(String text) {
        Path file = write("rules.nft", text);
        try {
            run(tools.nft(), "-f", file.toString());
        } catch (FailedException e) {
            throw new FailedException("the network's rules are not in place: " + e.getMessage(), e);
        }
    }

    /** Writes a file of its programs. */
    Path write(String name, String text) {
        Path file = folder.resolve(name);
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new FailedException(file + ": cannot be written: " + FailureReason.of(e), e);
        }
    }

    /** Makes an empty file. */
    void touch(String name) {
        write(name, "");
    }

    /** Sets a parameter of the namespace's network, {@code ipv4/ip_forward}. */
    void set(String parameter, String value) {
        Path file = Path.of("/proc/sys/net", parameter);
        call(() -> {
            try {
                return Files.writeString(file, value);
            } catch (IOException e) {
                throw new FailedException(file + ": cannot be set: " + FailureReason.of(e), e);
            }
        });
    }

    /** The same of one that not every host has. */
    void setIfThere(String parameter, String value) {
        if (call(() -> Files.exists(Path.of("/proc/sys/net", parameter)))) {
            set(parameter, value);
        }
    }

    /** What a program said last. */
    static String lastWords(Path log) {
        try {
            List<String> lines = new ArrayList<>(
                    Files.readString(log, StandardCharsets.ISO_8859_1).lines().toList());
            lines.removeIf(line -> line.isBlank() || line.startsWith("Failed to send "));
            return lines.isEmpty()
                    ? "it said nothing"
                    : String.join("; ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
        } catch (IOException e) {
            return "it said nothing";
        }
    }
}
