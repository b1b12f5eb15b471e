package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.VmSpec;
import crosvm.schema.write.SpecWriter;
import crosvm.vmm.FailureReason;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.Pipe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts a machine in the background: a Java of its own, in a session of its own, without a terminal, which outlives this
 * process. A JVM cannot fork, so the new one gets its order through a pipe and tells through another how it went
 * ({@link BackgroundProcess}). Used by one thread.
 */
public final class Launcher implements AutoCloseable {
    private static final int CHUNK_BYTES = 4096;

    /** How a start went. */
    public enum Outcome {
        RUNNING,
        /** Another machine has the name. */
        TAKEN,
        ENDED
    }

    private final String name;
    private final ChildProcess process;
    private final Fd reader;
    private int status = 1;

    private Launcher(String name, ChildProcess process, Fd reader) {
        this.name = name;
        this.process = process;
        this.reader = reader;
    }

    /**
     * Starts the process.
     *
     * @param main whose {@code main} calls {@link BackgroundProcess#run}
     * @param from where it comes from
     * @param environment its own, without the variables that are secrets of the machine: those stand in the order
     */
    public static Launcher start(Class<?> main, VmSpec spec, StartOrigin from, Map<String, String> environment) {
        Path folder = Path.of("").toAbsolutePath();
        Map<String, String> secrets = SecretVariables.of(spec, environment);
        String order = new BackgroundProcess.Order(SpecWriter.toYaml(spec), from, folder, secrets).toJson();
        Map<String, String> open = new LinkedHashMap<>(environment);
        open.keySet().removeAll(SecretVariables.hidden(spec, environment));
        try (Pipe in = Pipe.create("order for " + spec.name());
                Fd writer = in.writer()) {
            Pipe out = Pipe.create("news of " + spec.name());
            ChildProcess process;
            try (Fd theirs = out.writer()) {
                process = ChildProcess.start(
                        "the machine " + spec.name(),
                        command(main, spec.name()),
                        open,
                        List.of(in.reader(), theirs, theirs));
            } catch (RuntimeException e) {
                out.reader().close();
                throw e;
            }
            send(writer, order, spec.name());
            return new Launcher(spec.name(), process, out.reader());
        }
    }

    private static void send(Fd writer, String order, String name) {
        try (FdChannel channel = FdChannel.over(writer.number(), "order for " + name)) {
            channel.write(ByteBuffer.wrap(order.getBytes(StandardCharsets.UTF_8)));
        } catch (ErrnoException e) {
            return; // It died before it read; what it said comes through the other pipe.
        }
    }

    /** In the root folder, which keeps no file system busy. */
    private static List<String> command(Class<?> main, String name) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "cd / && exec \"$@\"", "crosvm"));
        command.addAll(java());
        command.add(main.getName());
        command.add(name);
        return command;
    }

    /** The command line of another run of this program. */
    public static List<String> program(List<String> words) {
        List<String> command = new ArrayList<>(java());
        command.add("crosvm.runner.cli.Main");
        command.addAll(words);
        return command;
    }

    /** Between a Java's options and those that are for a prepared process alone, in front of its class path. */
    public static final String PREPARED = "-Dcrosvm.prepared=1";

    /** The Java of this process with its options, up to the class to run; without those that only a prepared process has. */
    public static List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List<String> own = ownArguments();
        int path = Math.max(own.indexOf("-cp"), own.indexOf("-jar"));
        if (path > 0) {
            int prepared = own.subList(0, path).indexOf(PREPARED);
            command.addAll(own.subList(1, prepared > 0 ? prepared : path));
        }
        command.add("-cp");
        command.add(absolute(System.getProperty("java.class.path")));
        return command;
    }

    private static String absolute(String classPath) {
        List<String> entries = new ArrayList<>();
        for (String entry : classPath.split(":")) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(":", entries);
    }

    private static List<String> ownArguments() {
        try {
            String line = Files.readString(ProcessKey.PROC.resolve("self/cmdline"));
            return List.of(line.split("\0"));
        } catch (IOException e) {
            throw new FailedException("/proc/self/cmdline: cannot be read: " + FailureReason.of(e), e);
        }
    }

    /**
     * Waits until the machine runs, or does not.
     *
     * @param lines gets what the machine's process says to the user
     */
    public Outcome await(Consumer<String> lines) {
        FdChannel channel = FdChannel.over(reader.number(), "news of " + name);
        ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            if (channel.read(piece.clear()) < 0) {
                if (line.size() > 0) {
                    lines.accept(line.toString(StandardCharsets.UTF_8));
                }
                lines.accept("crosvm: " + name + ": its process ended before the machine was running");
                return Outcome.ENDED;
            }
            piece.flip();
            while (piece.hasRemaining()) {
                byte next = piece.get();
                if (next != '\n') {
                    line.write(next);
                    continue;
                }
                Outcome outcome = outcome(line.toString(StandardCharsets.UTF_8));
                if (outcome != null) {
                    return outcome;
                }
                lines.accept(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
        }
    }

    private @Nullable Outcome outcome(String line) {
        if (line.equals(BackgroundProcess.RUNNING)) {
            return Outcome.RUNNING;
        }
        if (line.equals(BackgroundProcess.TAKEN)) {
            return Outcome.TAKEN;
        }
        if (line.startsWith(BackgroundProcess.ENDED)) {
            try {
                status = Integer.parseInt(line.substring(BackgroundProcess.ENDED.length()));
                return Outcome.ENDED;
            } catch (NumberFormatException e) {
                return null;
            }
        }
        return null;
    }

    /** The exit status of a machine that has {@link Outcome#ENDED}. */
    public int status() {
        return status;
    }

    public int pid() {
        return process.pid();
    }

    /** Lets it live on. */
    @Override
    public void close() {
        reader.close();
        process.leave();
    }
}
