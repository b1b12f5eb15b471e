package crosvm.vmm.console;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.Terminal;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Standard input on its way to a port, by a thread of its own that waits when the guest does not read. A terminal
 * is kept in raw mode and its {@link EscapeKey} obeyed, and the user is told how to leave; a file or pipe is passed byte for byte until its end, and then
 * the port just gets nothing more. While we are in the background nothing is read; four times a second the thread looks
 * whether that has changed, whether the terminal is still raw (a shell resets it when a job is stopped) and how large it
 * is: the JVM hands out SIGWINCH by an interface of its own only, and a user does not notice a quarter of a second.
 */
public final class ConsoleInput implements AutoCloseable {
    private static final int LOOK_AGAIN_MILLISECONDS = 250;
    private static final int CLOSE_MILLISECONDS = 2_000;
    private static final int CHUNK_BYTES = 1024;
    private static final byte CTRL_A = 1;

    private final Terminal terminal;
    private final ConsoleHub port;
    private final Runnable quit;
    private final FdChannel channel;
    private final EventFd stop;
    private final Thread thread;
    private final EscapeKey escapeKey = new EscapeKey();
    private final ByteBuffer read = ByteBuffer.allocate(CHUNK_BYTES);
    private final byte[] passed = new byte[2 * CHUNK_BYTES];
    private int passedLength;
    private boolean greeted;
    private Terminal.@Nullable Size told;

    private ConsoleInput(Terminal terminal, ConsoleHub port, Runnable quit) {
        this.terminal = terminal;
        this.port = port;
        this.quit = quit;
        channel = FdChannel.over(terminal.fd(), "standard input");
        stop = EventFd.create("console input");
        thread = new Thread(this::pump, "console-input");
        thread.setDaemon(true); // A read that a vanished terminal never ends must not keep the program.
    }

    /**
     * Puts the terminal into raw mode, if it is one and ours, and starts reading.
     *
     * @param terminal stays the caller's to close, after this
     * @param quit called on the input thread, once, when the user asks to leave; must not wait for this to close
     */
    public static ConsoleInput start(Terminal terminal, ConsoleHub port, Runnable quit) {
        terminal.enterRaw();
        ConsoleInput input = new ConsoleInput(terminal, port, quit);
        input.thread.start();
        return input;
    }

    private void pump() {
        Terminal.blockBackgroundReadSignal();
        PollSet ready = PollSet.readable(stop.fd().number(), terminal.fd());
        PollSet stopped = PollSet.readable(stop.fd().number());
        try {
            while (true) {
                tellSize();
                boolean ours = terminal.isTerminal() ? terminal.enterRaw() : terminal.inForeground();
                if (ours && !greeted) {
                    greeted = true;
                    terminal.show("crosvm: Ctrl-A x ends the machine, " + EscapeKey.MORE + "\n");
                }
                PollSet waitFor = ours ? ready : stopped;
                boolean any = waitFor.await(terminal.isTerminal() ? LOOK_AGAIN_MILLISECONDS : -1);
                if (any && waitFor.ready(0)) {
                    return;
                }
                if (any && !pass()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            // close() interrupts a wait for the guest to read; the flag is of no use to a thread that ends.
            return;
        }
    }

    private void tellSize() {
        Terminal.Size size = terminal.size();
        if (size != null && !size.equals(told)) {
            told = size;
            port.resize(size.columns(), size.rows());
        }
    }

    /** @return false at the end of the input */
    private boolean pass() throws InterruptedException {
        int got;
        try {
            got = channel.read(read.clear());
        } catch (ErrnoException e) {
            // EIO: the foreground was lost before the read, or the terminal hung up. Look again, in a while.
            return terminal.isTerminal()
                    && !PollSet.readable(stop.fd().number()).await(LOOK_AGAIN_MILLISECONDS);
        }
        if (got < 0) {
            return terminal.isTerminal()
                    && !PollSet.readable(stop.fd().number()).await(LOOK_AGAIN_MILLISECONDS);
        }
        if (!terminal.isTerminal()) {
            port.receive(read.array(), 0, got);
            return true;
        }
        for (int i = 0; i < got; i++) {
            if (!typed(read.get(i))) {
                return false;
            }
        }
        deliver();
        return true;
    }

    private boolean typed(byte key) throws InterruptedException {
        switch (escapeKey.typed(key)) {
            case NONE -> {}
            case PASS -> passed[passedLength++] = key;
            case PASS_BOTH -> {
                passed[passedLength++] = CTRL_A;
                passed[passedLength++] = key;
            }
            case BREAK -> {
                deliver();
                port.sendBreak();
            }
            case HELP -> terminal.show(EscapeKey.list("end the machine and leave", true));
            case QUIT -> {
                quit.run();
                return false;
            }
        }
        return true;
    }

    private void deliver() throws InterruptedException {
        int length = passedLength;
        passedLength = 0;
        port.receive(passed, 0, length);
    }

    @Override
    public void close() {
        stop.signal();
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            stop.close();
        }
    }
}
