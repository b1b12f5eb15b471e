package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Ioctl;
import crosvm.vmm.linux.abi.Termios;
import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** A pseudo-terminal for tests: this end is the user, {@link #path} is the terminal. */
public final class Pty implements AutoCloseable {
    private static final Ioctl GET_NUMBER = Ioctl.read("TIOCGPTN", 'T', 0x30, 4);
    private static final Ioctl LOCK = Ioctl.write("TIOCSPTLCK", 'T', 0x31, 4);
    private static final int O_NOCTTY = 0x100;

    private final Fd user = Fd.open("/dev/ptmx", Fd.O_RDWR | O_NOCTTY);
    private final FdChannel channel = FdChannel.over(user.number(), "pty");
    private final String path;
    private final Fd terminal;
    private final StringBuilder seen = new StringBuilder();
    private String passedOver = "";

    public Pty() {
        NativeBuffer number = NativeBuffer.allocate(4);
        user.ioctl(LOCK, number.address());
        user.ioctl(GET_NUMBER, number.address());
        path = "/dev/pts/" + number.bytes().getInt(0);
        terminal = Fd.open(path, Fd.O_RDWR | O_NOCTTY); // Kept open, so that its modes outlive the processes on it.
    }

    /** The terminal's device file. */
    public String path() {
        return path;
    }

    /** The terminal's side, open in this process. */
    public Fd terminal() {
        return terminal;
    }

    /** The terminal's modes, byte for byte. */
    public byte[] modes() {
        NativeBuffer modes = NativeBuffer.of(Termios.LAYOUT);
        ErrnoException.check(LibC.tcgetattr(terminal.number(), modes.address()), "tcgetattr");
        byte[] bytes = new byte[modes.size()];
        modes.bytes().get(0, bytes);
        return bytes;
    }

    public boolean isRaw() {
        long local = Termios.LFLAG.get(ByteBuffer.wrap(modes()).order(java.nio.ByteOrder.LITTLE_ENDIAN));
        return (local & (Termios.ICANON | Termios.ECHO | Termios.ISIG)) == 0;
    }

    /** What the user types. */
    public void type(String keys) {
        channel.write(ByteBuffer.wrap(keys.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** From now on {@link #await} passes over this text, which may come at any time, even within another. */
    public void passOver(String text) {
        passedOver = text;
    }

    /**
     * Reads the screen until it has shown {@code text} since the last call, and forgets all up to that.
     *
     * @throws AssertionError with what it shows, after 20 seconds
     */
    public void await(String text) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        PollSet poll = PollSet.readable(user.number());
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        int at;
        while ((at = seen.indexOf(text)) < 0) {
            if (System.nanoTime() > end) {
                throw new AssertionError("no \"" + text + "\" on the terminal, but: " + seen);
            }
            if (poll.await(100)) {
                int got = channel.read(bytes.clear());
                seen.append(new String(Arrays.copyOf(bytes.array(), got), StandardCharsets.ISO_8859_1));
                int cut = passedOver.isEmpty() ? -1 : seen.indexOf(passedOver);
                if (cut >= 0) {
                    seen.delete(cut, cut + passedOver.length());
                }
            }
        }
        seen.delete(0, at + text.length());
    }

    /** What the screen shows within some time, without what was awaited before. */
    public String seenWithin(int milliseconds) {
        PollSet poll = PollSet.readable(user.number());
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        while (poll.await(milliseconds)) {
            int got = channel.read(bytes.clear());
            seen.append(new String(Arrays.copyOf(bytes.array(), got), StandardCharsets.ISO_8859_1));
        }
        return seen.toString();
    }

    @Override
    public void close() {
        terminal.close();
        user.close();
    }
}
