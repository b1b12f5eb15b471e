package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Termios;
import crosvm.vmm.linux.abi.WindowSize;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The user's terminal, put into raw mode for a guest's console and back. A descriptor that is no terminal is fine: then
 * nothing here does anything. Any thread may call; the monitor guards the mode.
 *
 * <p>In raw mode every key goes to the guest, Ctrl-C and Ctrl-Z included. Output is still processed, so that a newline
 * in a message of ours starts at the left.
 *
 * <p>The mode is put back by {@link #close()} and by a shutdown hook, so also on SIGINT, SIGTERM, SIGHUP, System.exit
 * and an exception that ends the program. (Runtime.halt and SIGKILL run no hooks.)
 *
 * <p>Job control: a process in the background has no say over its terminal, whose modes are the shell's or another
 * job's then. So nothing is changed or put back from the background; {@link #enterRaw} says false and is asked again
 * later. The shell has put its own modes back whenever it gives a job the foreground, so {@link #enterRaw} may be called
 * again after SIGTSTP or SIGSTOP and SIGCONT, and looks at what is, not at what was set.
 */
public final class Terminal implements AutoCloseable {
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;
    private static final int SIGTTIN = 21;
    private static final int SIGTTOU = 22;
    private static final int SIG_BLOCK = 0;
    private static final int SIG_SETMASK = 2;

    /** Characters side by side, and lines. */
    public record Size(int columns, int rows) {}

    private final int fd;
    private final boolean terminal;
    private final @Nullable NativeBuffer before;
    private @Nullable Thread hook;
    private boolean closed;

    private Terminal(int fd, @Nullable NativeBuffer before) {
        this.fd = fd;
        this.before = before;
        this.terminal = before != null;
    }

    /** The descriptor stays the caller's. Its modes as they are now are what {@link #close} puts back. */
    public static Terminal of(int fd) {
        if (LibC.isatty(fd) != 1) {
            return new Terminal(fd, null);
        }
        NativeBuffer modes = NativeBuffer.of(Termios.LAYOUT);
        return new Terminal(fd, LibC.tcgetattr(fd, modes.address()) == 0 ? modes : null);
    }

    public int fd() {
        return fd;
    }

    public boolean isTerminal() {
        return terminal;
    }

    /**
     * Whether we may read and set it: we are its foreground process group, or it is not our controlling terminal, or it
     * is no terminal at all.
     */
    public boolean inForeground() {
        int group = terminal ? LibC.tcgetpgrp(fd) : -1;
        return group < 0 || group == LibC.getpgrp();
    }

    /**
     * Makes sure the terminal is in raw mode.
     *
     * @return false when it cannot be, because we are in the background or about to end, or it is closed, or gone
     */
    public synchronized boolean enterRaw() {
        if (before == null || closed || !inForeground()) {
            return false;
        }
        NativeBuffer modes = NativeBuffer.of(Termios.LAYOUT);
        if (LibC.tcgetattr(fd, modes.address()) < 0) {
            return false;
        }
        if (hook == null) {
            Thread restoring = new Thread(this::restore, "terminal-restore");
            if (!EndingSignals.atEnd(restoring)) {
                return false;
            }
            hook = restoring;
        }
        return isRaw(modes.bytes()) || set(raw(modes));
    }

    private static boolean isRaw(ByteBuffer modes) {
        return (Termios.LFLAG.get(modes) & (Termios.ICANON | Termios.ECHO | Termios.ISIG)) == 0;
    }

    private static NativeBuffer raw(NativeBuffer modes) {
        ByteBuffer b = modes.bytes();
        int input = Termios.IGNBRK
                | Termios.BRKINT
                | Termios.PARMRK
                | Termios.ISTRIP
                | Termios.INLCR
                | Termios.IGNCR
                | Termios.ICRNL
                | Termios.IXON;
        int local = Termios.ECHO | Termios.ECHONL | Termios.ICANON | Termios.ISIG | Termios.IEXTEN;
        Termios.IFLAG.set(b, Termios.IFLAG.get(b) & ~input);
        Termios.LFLAG.set(b, Termios.LFLAG.get(b) & ~local);
        Termios.CC.set(b, 0, Termios.VMIN, 1);
        Termios.CC.set(b, 0, Termios.VTIME, 0);
        return modes;
    }

    /** Its size as columns and rows, or null where it is no terminal or has none. */
    public @Nullable Size size() {
        NativeBuffer size = NativeBuffer.of(WindowSize.LAYOUT);
        if (!terminal || LibC.ioctl(fd, WindowSize.TIOCGWINSZ.request(), size.address()) < 0) {
            return null;
        }
        int columns = (int) WindowSize.COLUMNS.get(size.bytes());
        int rows = (int) WindowSize.ROWS.get(size.bytes());
        return columns > 0 && rows > 0 ? new Size(columns, rows) : null;
    }

    /**
     * Shows a text of ours to the user, whose standard output may lead elsewhere. Where input is not a terminal nothing happens.
     * Waits for a terminal that is stuck.
     */
    public void show(String text) {
        if (!terminal) {
            return;
        }
        // Input may be open for reading only; then the terminal is where messages go, or there is none.
        for (int candidate : new int[] {fd, STANDARD_ERROR, STANDARD_OUTPUT}) {
            if (LibC.isatty(candidate) == 1 && write(candidate, text)) {
                return;
            }
        }
    }

    private static boolean write(int descriptor, String text) {
        try (FdChannel channel = FdChannel.over(descriptor, "terminal")) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** From now on a read in the background says EIO to this thread instead of stopping the whole process. */
    public static void blockBackgroundReadSignal() {
        block(SIGTTIN);
    }

    private synchronized void restore() {
        closed = true;
        if (before != null && hook != null && inForeground()) {
            set(before);
        }
    }

    /** Between the look at the foreground and the change we may lose it: SIGTTOU must not stop us in here then. */
    private boolean set(NativeBuffer modes) {
        NativeBuffer old = block(SIGTTOU);
        try {
            return LibC.tcsetattr(fd, Termios.TCSANOW, modes.address()) == 0;
        } finally {
            LibC.pthread_sigmask(SIG_SETMASK, old.address(), 0);
            Reference.reachabilityFence(modes);
            Reference.reachabilityFence(old);
        }
    }

    private static NativeBuffer block(int signal) {
        NativeBuffer mask = NativeBuffer.allocate(128);
        NativeBuffer old = NativeBuffer.allocate(128);
        mask.bytes().putLong(0, 1L << signal - 1);
        LibC.pthread_sigmask(SIG_BLOCK, mask.address(), old.address());
        Reference.reachabilityFence(mask);
        return old;
    }

    @Override
    public void close() {
        restore();
        Thread registered;
        synchronized (this) {
            registered = hook;
            hook = null;
        }
        if (registered != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(registered);
            } catch (IllegalStateException e) {
                // The JVM is ending: the hook runs, and finds the modes put back already.
                return;
            }
        }
    }
}
