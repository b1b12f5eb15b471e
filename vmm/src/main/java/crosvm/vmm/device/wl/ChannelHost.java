package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.util.ArrayList;
import java.util.List;

/** The device's end of a {@link WlChannel}. Used by the device's worker. */
public final class ChannelHost implements WlHost {
    /** Longer than a busy machine takes to change a memory map, shorter than a guest's patience. */
    private static final int ANSWER_MILLISECONDS = 10_000;

    private final UnixSocket socket;
    private final NativeBuffer request = NativeBuffer.allocate(WlChannel.REQUEST);
    private final NativeBuffer answer = NativeBuffer.allocate(WlChannel.ANSWER);

    /** @param channel taken over */
    public ChannelHost(Fd channel) {
        this.socket = UnixSocket.owning(channel);
    }

    @Override
    public Fd connect() {
        List<Fd> got = new ArrayList<>();
        ask(WlChannel.CONNECT, 0, List.of(), got);
        return only(got);
    }

    @Override
    public Memory allocate(long size) {
        List<Fd> got = new ArrayList<>();
        long address = ask(WlChannel.ALLOCATE, size, List.of(), got);
        try {
            return new Memory(only(got), address);
        } catch (ErrnoException e) {
            unmap(address);
            throw e;
        }
    }

    @Override
    public long map(Fd file, long size) {
        return ask(WlChannel.MAP, size, List.of(file), new ArrayList<>());
    }

    @Override
    public void unmap(long guestAddress) {
        ask(WlChannel.UNMAP, guestAddress, List.of(), new ArrayList<>());
    }

    private long ask(long what, long argument, List<Fd> fds, List<Fd> got) {
        request.bytes().putLong(0, what).putLong(8, argument);
        long sent = socket.send(request, 0, WlChannel.REQUEST, fds);
        if (sent != WlChannel.REQUEST || !socket.awaitReadable(ANSWER_MILLISECONDS)) {
            throw lost();
        }
        long received = socket.receive(answer, 0, WlChannel.ANSWER, got);
        // E2BIG: all of the answer, but this process has no room for the descriptor with it.
        if (received != WlChannel.ANSWER && received != -Errno.E2BIG.code()) {
            got.forEach(Fd::close);
            throw lost();
        }
        long result = answer.bytes().getLong(0);
        if (result < 0) {
            got.forEach(Fd::close);
            throw new ChannelRefusal((int) -result);
        }
        return result;
    }

    private static Fd only(List<Fd> got) {
        if (got.size() != 1) {
            got.forEach(Fd::close);
            throw new ErrnoException("a descriptor for the guest", Errno.EMFILE.code());
        }
        return got.get(0);
    }

    /** An answer that comes after all would be taken for that of the next question. */
    private ErrnoException lost() {
        socket.shutdown();
        return new ErrnoException("the machine's main process does not answer", Errno.EPIPE.code());
    }

    @Override
    public void close() {
        socket.close();
    }
}
