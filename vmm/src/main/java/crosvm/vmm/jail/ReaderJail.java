package crosvm.vmm.jail;

import crosvm.seccomp.policy.Policy;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program of the distribution that reads one file which is not trusted, and hands its standard output out. It is jailed as
 * a device process is: before it gets at the file it has namespaces of its own, an empty root, no capability, a filter of system
 * calls, limits on memory and tasks, and is nobody when we are root. The file is opened once, here, and handed in by the guard.
 * Used by one thread.
 */
public final class ReaderJail implements AutoCloseable {
    /**
     * The name that the program is to open. One that exists in every host, for a program may look at the path before it opens it,
     * while it still sees the host's files; what it gets is the file.
     */
    public static final String FILE = "/dev/zero";

    private static final long PRIVATE_BYTES = 1L << 30;
    private static final int HEAP_MEBIBYTES = 8;
    private static final int MAX_MESSAGE = 4096;
    private static final int CHUNK = 1 << 16;
    private static final int END_MILLISECONDS = 30_000;

    private final String name;
    private final Fd file;
    private final JailPolicy policy;
    private final @Nullable ReadAhead content;

    private ReaderJail(String name, Fd file, JailPolicy policy, @Nullable ReadAhead content) {
        this.name = name;
        this.file = file;
        this.policy = policy;
        this.content = content;
    }

    /**
     * For a file, which is opened for reading and stays the same whatever becomes of its path.
     *
     * @param policy what binds the programs; whatever it forbids is their end
     * @throws VmmException when it cannot be opened, or is neither a file nor a block device
     */
    public static ReaderJail over(Path path, Policy policy) {
        // O_NONBLOCK: a named pipe would make us wait.
        Fd file = Fd.open(path.toString(), Fd.O_RDONLY | Fd.O_NONBLOCK);
        FileType type = FileType.of(file);
        if (type != FileType.REGULAR && type != FileType.BLOCK_DEVICE) {
            file.close();
            throw new VmmException(path + ": is neither a file nor a block device");
        }
        return new ReaderJail(path.toString(), file, new JailPolicy(policy, JailPolicy.OnViolation.KILL), null);
    }

    /**
     * For a file whose content is fetched as the programs read it.
     *
     * @param name of what is read, for messages
     * @param file as long as what is to be read, with holes where nothing has been fetched; taken over
     * @param content writes into it what is asked for
     * @param policy as in {@link #over(Path, Policy)}; may allow read and pread64, but no other way to read a file
     */
    public static ReaderJail over(String name, Fd file, ReadAhead content, Policy policy) {
        return new ReaderJail(
                name, file, new JailPolicy(policy, JailPolicy.OnViolation.KILL).announcingReads(), content);
    }

    /**
     * Runs a program to its end.
     *
     * @param program its absolute path and arguments
     * @param out gets what it writes
     * @param limit most bytes of that
     * @param timeoutSeconds after which it is killed
     * @return what it has said on standard error, in printable characters; empty when it has succeeded
     * @throws VmmException when the jail cannot be made, or the program writes too much, takes too long or does what it may not
     * @throws IOException when {@code out} fails
     */
    public String run(List<String> program, OutputStream out, long limit, int timeoutSeconds) throws IOException {
        String name = program.get(0);
        try (HandedFiles files = new HandedFiles();
                ProgramOutput output = new ProgramOutput("output of " + name);
                Messages messages = new Messages(name)) {
            files.add(FILE, file.duplicate());
            if (content != null) {
                files.readThrough(content);
            }
            try (JailedProcess jail = JailedProcess.start(new JailProgram(
                            name,
                            JvmCommand.of(HEAP_MEBIBYTES, List.of(), ForeignMain.class, foreign(program)),
                            policy,
                            output.writer(),
                            messages.writer(),
                            List.of(),
                            new JailLimits(0, 0, 1, 1, 0, PRIVATE_BYTES)));
                    Killer killer = new Killer(jail, timeoutSeconds, output)) {
                output.letGoOfWriter();
                messages.letGoOfWriter();
                boolean whole = false;
                VmmException failure = null;
                try {
                    jail.closeDoorOnForeign(timeoutSeconds * 1000, files, output::await);
                    whole = copy(output, out, limit);
                } catch (VmmException e) {
                    failure = e;
                }
                if (killer.hasKilled()) {
                    throw new VmmException(name + " has not ended within " + timeoutSeconds + " s over " + this.name);
                }
                if (jail.finding() != null) {
                    throw new VmmException(name + " " + jail.finding() + "; it was reading " + this.name);
                }
                if (failure != null) {
                    throw new VmmException(failure.getMessage() + said(messages), failure);
                }
                if (!whole) {
                    throw new VmmException(name + " reads more than " + limit + " bytes out of " + this.name);
                }
                ProcessExit status = jail.launcher().await(END_MILLISECONDS);
                if (status != null && status.isSuccess()) {
                    return "";
                }
                String text = messages.text();
                return text.isEmpty() ? "it " + (status == null ? "has not ended" : status) : text;
            }
        }
    }

    private static String said(Messages messages) {
        String text = messages.text();
        return text.isEmpty() ? "" : ": " + text;
    }

    private static List<String> foreign(List<String> program) {
        List<String> arguments = new ArrayList<>(List.of("0"));
        arguments.addAll(program);
        return arguments;
    }

    private static boolean copy(ProgramOutput from, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long total = 0;
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            total += read;
            if (total > limit) {
                return false;
            }
            out.write(buffer, 0, read);
        }
        return true;
    }

    @Override
    public void close() {
        file.close();
    }

    /** Kills the jail when its time is over; what reads from it goes on then, even if the kernel does not let it die. */
    private static final class Killer implements AutoCloseable {
        private final CountDownLatch done = new CountDownLatch(1);
        private final Thread thread;
        private volatile boolean killed;

        Killer(JailedProcess jail, int seconds, ProgramOutput output) {
            thread = new Thread(
                    () -> {
                        try {
                            if (!done.await(seconds, TimeUnit.SECONDS)) {
                                killed = true;
                                jail.kill();
                                output.stop();
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "reader-timeout");
            thread.setDaemon(true);
            thread.start();
        }

        boolean hasKilled() {
            return killed;
        }

        /** Before the jail is closed, which nobody may kill any more then. */
        @Override
        public void close() {
            done.countDown();
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What the program says on its standard error: the first of it is kept, and all is read, so that it never waits for us. */
    private static final class Messages implements AutoCloseable {
        private final ProgramOutput output;
        private final StringBuilder text = new StringBuilder();
        private final Thread thread;

        Messages(String name) {
            output = new ProgramOutput("messages of " + name);
            thread = new Thread(this::read, "reader-messages");
            thread.setDaemon(true);
            thread.start();
        }

        private void read() {
            byte[] buffer = new byte[MAX_MESSAGE];
            for (int read = output.read(buffer); read >= 0; read = output.read(buffer)) {
                String more = new String(buffer, 0, read, StandardCharsets.UTF_8);
                synchronized (text) {
                    text.append(more, 0, Math.min(more.length(), MAX_MESSAGE - text.length()));
                }
            }
        }

        Fd writer() {
            return output.writer();
        }

        void letGoOfWriter() {
            output.letGoOfWriter();
        }

        /** In printable characters, once the process is at its end. */
        String text() {
            boolean interrupted = false;
            long end = System.nanoTime() + END_MILLISECONDS * 1_000_000L;
            while (thread.isAlive()) {
                try {
                    thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                if (interrupted || System.nanoTime() >= end) {
                    output.stop(); // Somebody who cannot be killed has it open.
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            synchronized (text) {
                return text.toString().strip().replaceAll("[^\\x20-\\x7e]+", " ");
            }
        }

        /** Once nobody is left who could write. */
        @Override
        public void close() {
            output.letGoOfWriter();
            text();
            output.close();
        }
    }
}
