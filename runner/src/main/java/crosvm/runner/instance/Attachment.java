package crosvm.runner.instance;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.vmm.console.EscapeKey;
import crosvm.vmm.linux.EndingSignals;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.Terminal;
import crosvm.vmm.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Standard input and output on a machine's console socket. One thread does both ways; the machine never waits for it, since
 * its console drops readers that do not read. Used by one thread.
 */
public final class Attachment {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;
    private static final int CHUNK_BYTES = 4096;
    private static final int LOOK_AGAIN_MILLISECONDS = 1_000;
    private static final byte CTRL_A = 1;

    private final String machine;
    private final Terminal terminal;
    private final FdChannel input = FdChannel.over(STANDARD_INPUT, "standard input");
    private final FdChannel output = FdChannel.over(STANDARD_OUTPUT, "standard output");
    private final UnixSocket socket;
    private final FdChannel console;
    private final EscapeKey escapeKey = new EscapeKey();
    private final ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
    private final ByteBuffer keys = ByteBuffer.allocate(2 * CHUNK_BYTES);
    private boolean inputEnded;

    /** How it ended. */
    public enum End {
        /** By the escape key. */
        LEFT,
        MACHINE_ENDED,
        /** Nobody reads our output any more. */
        OUTPUT_ENDED
    }

    private Attachment(String machine, Terminal terminal, UnixSocket socket) {
        this.machine = machine;
        this.terminal = terminal;
        this.socket = socket;
        console = FdChannel.over(socket.fd().number(), socket.fd().name());
    }

    /**
     * Attaches until the user leaves or the machine ends.
     *
     * @throws FailedException when the console cannot be reached
     */
    public static End run(String machine, Path socket) {
        try (UnixSocket connected = UnixSocket.connect(socket.toString());
                Terminal terminal = Terminal.of(STANDARD_INPUT)) {
            if (!connected.isPeerTrusted()) {
                throw new FailedException(machine + ": " + socket + ": user " + connected.peerUser()
                        + " listens there, not you; what you type would be that user's");
            }
            EndingSignals.watch(number -> System.exit(ExitStatus.SIGNALLED + number));
            Terminal.blockBackgroundReadSignal();
            return new Attachment(machine, terminal, connected).pump();
        } catch (ErrnoException e) {
            throw new FailedException(machine + ": cannot connect to its console: " + e.getMessage(), e);
        }
    }

    private End pump() {
        PollSet both = PollSet.readable(socket.fd().number(), STANDARD_INPUT);
        PollSet outputOnly = PollSet.readable(socket.fd().number());
        boolean greeted = false;
        while (true) {
            boolean ours = !inputEnded && (terminal.isTerminal() ? terminal.enterRaw() : terminal.inForeground());
            if (ours && !greeted) {
                greeted = true;
                terminal.show("crosvm: " + machine + ": attached; Ctrl-A x detaches, " + EscapeKey.MORE + "\n");
            }
            PollSet wait = ours ? both : outputOnly;
            if (!wait.await(LOOK_AGAIN_MILLISECONDS)) {
                continue;
            }
            if (wait.ready(0)) {
                End end = show();
                if (end != null) {
                    return end;
                }
            }
            if (ours && wait.ready(1) && !type()) {
                return End.LEFT;
            }
        }
    }

    private @Nullable End show() {
        try {
            if (console.read(piece.clear()) < 0) {
                return End.MACHINE_ENDED;
            }
        } catch (ErrnoException e) {
            return End.MACHINE_ENDED; // Reset: it was killed.
        }
        try {
            output.write(piece.flip());
            return null;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EPIPE) {
                return End.OUTPUT_ENDED;
            }
            throw new FailedException(e.getMessage() + ". The output is incomplete; the machine is still running", e);
        }
    }

    /** @return false when the user leaves */
    private boolean type() {
        try {
            if (input.read(piece.clear()) < 0) {
                inputEnded = true;
                return true;
            }
        } catch (ErrnoException e) {
            inputEnded = !terminal.isTerminal();
            return true; // EIO: the foreground was lost before the read; looked at again.
        }
        keys.clear();
        for (piece.flip(); piece.hasRemaining(); ) {
            byte key = piece.get();
            switch (terminal.isTerminal() ? escapeKey.typed(key) : EscapeKey.Action.PASS) {
                case NONE, BREAK -> {}
                case HELP -> terminal.show(EscapeKey.list("detach; the machine keeps running", false));
                case PASS -> keys.put(key);
                case PASS_BOTH -> keys.put(CTRL_A).put(key);
                case QUIT -> {
                    return false;
                }
            }
        }
        try {
            console.write(keys.flip());
        } catch (ErrnoException e) {
            return true; // The next read tells of the end.
        }
        return true;
    }
}
