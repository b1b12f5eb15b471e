package crosvm.vmm.jail;

import crosvm.seccomp.filter.BpfProgram;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is said through the door of a jail, for both sides: single bytes, and before them the filter. One thread speaks and
 * one listens at a time.
 */
final class DoorTalk {
    /** From inside: waits to be told what it is to be. */
    static final byte READY = 'R';
    /** From inside: everything that needs a file system is done. */
    static final byte WARM = 'W';
    /** From outside: the file system is gone, bind yourself. */
    static final byte GO = 'G';
    /** From inside: bound; the listener of the filter comes along. */
    static final byte CLOSED = 'C';
    /** From outside, to be said back. */
    static final byte PULSE = 'P';
    /** From outside, to one that waits: the filter and the order come now. */
    static final byte BECOME = 'B';

    /** From outside: some of the descriptors that the program is to have. */
    private static final byte DESCRIPTORS = 'D';

    /** The length of what follows. */
    private static final int LENGTH = Integer.BYTES;

    private final UnixSocket socket;
    private final NativeBuffer said = NativeBuffer.allocate(1);
    private final NativeBuffer heard = NativeBuffer.allocate(1);

    DoorTalk(UnixSocket socket) {
        this.socket = socket;
    }

    /** @return whether the other side is still there */
    boolean say(byte word, Fd... fds) {
        said.bytes().put(0, word);
        return send(said, List.of(fds));
    }

    /** @return whether it was said; not when the other side is gone, nor when it does not listen */
    boolean offer(byte word) {
        said.bytes().put(0, word);
        return socket.send(said, 0, 1, List.of()) == 1;
    }

    private boolean send(NativeBuffer data, List<Fd> fds) {
        for (int sent = 0; sent < data.size(); ) {
            long result = socket.send(data, sent, data.size() - sent, sent == 0 ? fds : List.of());
            if (result > 0) {
                sent += (int) result;
            } else if (result == -Errno.EAGAIN.code()) {
                socket.awaitWritable(-1);
            } else if (result != -Errno.EINTR.code()) {
                return false;
            }
        }
        return true;
    }

    void sendFilter(BpfProgram program) {
        byte[] bytes = program.toBytes();
        NativeBuffer data = NativeBuffer.allocate(LENGTH + bytes.length);
        data.bytes().putInt(0, bytes.length).put(LENGTH, bytes);
        send(data, List.of()); // One that is dead already is found out by the wait for its first word.
    }

    /**
     * After the filter, to a program that waits to be told what it is to be.
     *
     * @param words without a zero character
     * @param descriptors stay the caller's
     */
    void sendOrder(List<String> words, List<Fd> descriptors) {
        StringBuilder text = new StringBuilder();
        words.forEach(word -> text.append(word).append('\0'));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        NativeBuffer data = NativeBuffer.allocate(2 * LENGTH + bytes.length);
        data.bytes().putInt(0, bytes.length).putInt(LENGTH, descriptors.size()).put(2 * LENGTH, bytes);
        send(data, List.of());
        for (int from = 0; from < descriptors.size(); from += UnixSocket.MAX_FDS) {
            int to = Math.min(descriptors.size(), from + UnixSocket.MAX_FDS);
            say(DESCRIPTORS, descriptors.subList(from, to).toArray(new Fd[0]));
        }
    }

    /** What {@link #sendOrder} has sent. */
    record Order(List<String> words, List<Fd> descriptors) {}

    /** @throws VmmException when the other side has gone */
    Order receiveOrder() {
        NativeBuffer lengths = NativeBuffer.allocate(2 * LENGTH);
        receive(lengths, List.of());
        NativeBuffer data = NativeBuffer.allocate(lengths.bytes().getInt(0));
        receive(data, List.of());
        byte[] bytes = new byte[data.size()];
        data.bytes().get(0, bytes);
        List<String> words = new ArrayList<>(List.of(new String(bytes, StandardCharsets.UTF_8).split("\0", -1)));
        words.remove(words.size() - 1); // Behind the last zero.
        List<Fd> descriptors = new ArrayList<>();
        while (descriptors.size() < lengths.bytes().getInt(LENGTH)) {
            receive(heard, descriptors);
        }
        return new Order(words, descriptors);
    }

    /** @throws VmmException when the other side has gone */
    byte[] receiveFilter() {
        NativeBuffer length = NativeBuffer.allocate(LENGTH);
        receive(length, List.of());
        NativeBuffer data = NativeBuffer.allocate(length.bytes().getInt(0));
        receive(data, List.of());
        byte[] bytes = new byte[data.size()];
        data.bytes().get(0, bytes);
        return bytes;
    }

    private void receive(NativeBuffer into, List<Fd> fds) {
        for (int got = 0; got < into.size(); ) {
            socket.awaitReadable(-1);
            long result = socket.receive(into, got, into.size() - got, fds);
            if (result > 0) {
                got += (int) result;
            } else if (result != -Errno.EAGAIN.code() && result != -Errno.EINTR.code()) {
                throw new VmmException("the process that started this jail has ended");
            }
        }
    }

    /**
     * The next word, or -1 when the other side has gone.
     *
     * @param timeoutMilliseconds -1 waits for ever
     * @param fds gets the descriptors that come along
     * @return null when none came in time
     */
    @Nullable Integer hear(int timeoutMilliseconds, List<Fd> fds) {
        while (socket.awaitReadable(timeoutMilliseconds)) {
            long result = socket.receive(heard, 0, 1, fds);
            if (result == 1) {
                return (int) heard.bytes().get(0);
            }
            if (result == 0 || result == -Errno.ECONNRESET.code()) {
                return -1;
            }
            if (result != -Errno.EAGAIN.code() && result != -Errno.EINTR.code()) {
                throw new ErrnoException(socket.fd().name() + ": recvmsg", (int) -result);
            }
        }
        return null;
    }
}
