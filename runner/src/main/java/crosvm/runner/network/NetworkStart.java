package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.jail.JvmCommand;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The way to a network's process, which is started by the first machine that wants it. A lock keeps two from starting it at once. Any
 * thread.
 */
final class NetworkStart {
    /** The longest allow-list becomes a configuration of 4 MiB, which is there several times for a moment. */
    private static final int HEAP_MEBIBYTES = 64;

    private static final int START_MILLISECONDS = 60_000;
    private static final int LOOK_AGAIN_MILLISECONDS = 20;
    /** How long the machines on a network whose process was killed are given to start it again. */
    private static final int REVIVAL_MILLISECONDS = 2_000;

    private static final int FIRST_DESCRIPTOR = 3;

    private final Path base;
    private final Path socket;
    private final NetworkTools tools;
    private final Map<String, String> environment;

    /** @param base a folder of this user's alone */
    NetworkStart(Path base, NetworkPlan plan, Map<String, String> environment) {
        this.base = base;
        String name = plan.fleet() + "/" + plan.network();
        String hash = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
                .toString()
                .substring(0, 13);
        this.socket = base.resolve(hash + ".sock");
        this.tools = NetworkTools.of(environment.getOrDefault("PATH", ""));
        this.environment = Map.of("PATH", String.join(":", tools.folders()), "LC_ALL", "C.UTF-8");
    }

    /**
     * A connection to the network's process.
     *
     * @param namespaces its user and network namespace, where it has been before; else nothing
     * @throws FailedException when it does not start, with what it said
     */
    UnixSocket connect(List<Fd> namespaces) {
        synchronized (NetworkStart.class) { // A file's lock is the whole process's.
            UnixSocket there = namespaces.isEmpty() ? revived() : null;
            if (there != null) {
                return there;
            }
            Path lock = base.resolve("lock");
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = channel.lock()) {
                there = tryConnect();
                return there == null && held.isValid() ? started(namespaces) : java.util.Objects.requireNonNull(there);
            } catch (IOException e) {
                throw new FailedException(lock + ": cannot be locked: " + FailureReason.of(e), e);
            }
        }
    }

    /** When a process was killed those that had it know where to go on, and a newcomer does not. */
    private @Nullable UnixSocket revived() {
        UnixSocket there = tryConnect();
        for (int waited = 0; there == null && Files.exists(socket) && waited < REVIVAL_MILLISECONDS; ) {
            pause();
            waited += LOOK_AGAIN_MILLISECONDS;
            there = tryConnect();
        }
        return there;
    }

    private @Nullable UnixSocket tryConnect() {
        try {
            return UnixSocket.connect(socket.toString());
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED) {
                return null;
            }
            throw e;
        }
    }

    private UnixSocket started(List<Fd> namespaces) {
        Path folder = base.resolve("private");
        // Held until this has called: the network's process ends when it is let go of without a call, as when this
        // process is killed.
        try (Pipe life = Pipe.create("life of a network's start");
                Pipe words = Pipe.create("words of a network")) {
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            List<Fd> descriptors = new ArrayList<>(List.of(life.reader(), words.writer(), words.writer()));
            descriptors.addAll(namespaces);
            List<String> command = command(folder, !namespaces.isEmpty());
            return started(
                    ChildProcess.start("the network's process", command, environment, descriptors, "/"),
                    words.reader());
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot be created: " + FailureReason.of(e), e);
        }
    }

    private UnixSocket started(ChildProcess process, Fd words) {
        for (int waited = 0; waited < START_MILLISECONDS; waited += LOOK_AGAIN_MILLISECONDS) {
            UnixSocket there = tryConnect();
            if (there != null) {
                process.leave();
                return there;
            }
            ProcessExit end = process.await(LOOK_AGAIN_MILLISECONDS);
            if (end != null) {
                process.close();
                throw new FailedException(
                        "the network's process " + end + ". It said: " + text(words) + suspicion(end));
            }
        }
        process.close();
        throw new FailedException("the network's process was not ready after " + START_MILLISECONDS / 1000 + " s");
    }

    /** Most hosts that let nobody make a namespace forbid it to ordinary users alone. */
    private static String suspicion(ProcessExit end) {
        return end.wasSignal()
                ? ""
                : ". A network between machines needs user namespaces: crosvm doctor tells whether this host allows them";
    }

    private static String text(Fd reader) {
        reader.setNonBlocking();
        NativeBuffer buffer = NativeBuffer.allocate(16 << 10);
        long got = Math.max(0, LibC.read(reader.number(), buffer.address(), buffer.size()));
        byte[] bytes = new byte[(int) got];
        buffer.bytes().get(0, bytes);
        String said = new String(bytes, StandardCharsets.UTF_8).strip().replace("\n", "; ");
        return said.isEmpty() ? "nothing" : said;
    }

    /** Its files lie in memory that goes with it. */
    private List<String> command(Path folder, boolean goesOn) {
        List<String> command = new ArrayList<>();
        if (goesOn) {
            command.addAll(List.of(
                    tools.nsenter(), "--user=/proc/self/fd/" + FIRST_DESCRIPTOR, "--preserve-credentials", "--"));
        }
        command.add(tools.unshare());
        if (!goesOn) {
            command.addAll(List.of("--user", "--map-root-user"));
        }
        command.addAll(List.of("--mount", "--pid", "--fork", "--kill-child", "--"));
        command.addAll(List.of(
                "/bin/sh",
                "-c",
                "mount -t tmpfs -o mode=700,size=64m,nr_inodes=10000 crosvm \"$0\" && exec \"$@\"",
                folder.toString()));
        command.addAll(JvmCommand.of(
                HEAP_MEBIBYTES,
                List.of(),
                NetworkMain.class,
                List.of(socket.toString(), folder.toString(), goesOn ? String.valueOf(FIRST_DESCRIPTOR + 1) : "-1")));
        return command;
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("the network was not waited for");
        }
    }
}
