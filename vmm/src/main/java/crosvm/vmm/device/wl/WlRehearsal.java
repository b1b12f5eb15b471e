package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.VirtioDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device for a process that gets warm before its door closes, and steps that take it through all its code: behind its
 * channel is a host without a guest, whose compositor greets with a file of each kind, and hangs up when the guest gives its
 * memory back.
 */
public final class WlRehearsal {
    /**
     * @param queue on which the guest offers a chain
     * @param command what it says; empty on the in queue
     */
    public record Step(int queue, byte[] command) {}

    private static final int CONTEXT = 1;
    private static final int MEMORY = 2;
    private static final int PIPE = 3;
    private static final Step BUFFER = new Step(WlProtocol.QUEUE_IN, new byte[0]);

    private WlRehearsal() {}

    /** The device, whose host ends with it. */
    public static VirtioDevice device() {
        List<UnixSocket> pair = UnixSocket.pair("wl rehearsal");
        ChannelServer server = new ChannelServer(pair.get(0), new Stage());
        Thread thread = new Thread(
                () -> {
                    try (server) {
                        server.serve();
                    }
                },
                "wl rehearsal");
        thread.start();
        return new WlDevice(new ChannelHost(pair.get(1).fd()));
    }

    /** In order, each waited for: every buffer of the in queue is filled. */
    public static List<Step> steps() {
        return List.of(
                command(WlProtocol.VFD_NEW_CTX, CONTEXT, 0, 0, 0, 0, 0),
                command(WlProtocol.VFD_NEW, MEMORY, 3, 0, 0, WlProtocol.PAGE, 0),
                command(WlProtocol.VFD_NEW_PIPE, PIPE, WlProtocol.FLAG_READ, 0, 0, 0, 0),
                command(WlProtocol.VFD_NEW, PIPE, 0, 0, 0, -1, 0),
                command(WlProtocol.VFD_SEND, CONTEXT, 2, MEMORY, PIPE, 0),
                BUFFER, // The greeting's three files,
                BUFFER,
                BUFFER,
                BUFFER, // its words,
                BUFFER, // and the end of the pipe that nobody reads.
                command(WlProtocol.VFD_CLOSE, MEMORY),
                BUFFER, // The compositor's end.
                command(WlProtocol.VFD_SEND, CONTEXT, 0, 0),
                command(WlProtocol.VFD_SEND, WlProtocol.FIRST_HOST_ID + 2, 0, 0),
                command(WlProtocol.VFD_CLOSE, CONTEXT),
                command(WlProtocol.VFD_CLOSE, CONTEXT));
    }

    private static Step command(int type, int id, int... rest) {
        ByteBuffer bytes =
                ByteBuffer.allocate(WlProtocol.VFD_SIZE + 4 * rest.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(type).putInt(0).putInt(id);
        for (int word : rest) {
            bytes.putInt(word);
        }
        return new Step(WlProtocol.QUEUE_OUT, bytes.array());
    }

    private static final class Stage implements WlHost {
        private long next = 1L << 32;
        private @Nullable UnixSocket compositor;

        @Override
        public Fd connect() {
            List<UnixSocket> pair = UnixSocket.pair("rehearsed compositor");
            NativeBuffer greeting = NativeBuffer.allocate(8);
            try (Fd sealed = Memfd.sealed("rehearsed", WlProtocol.PAGE);
                    Fd unsealed = Fd.open("/proc/self/exe", Fd.O_RDONLY);
                    Pipe pipe = Pipe.create("rehearsed")) {
                pair.get(0).send(greeting, 0, greeting.size(), List.of(sealed, unsealed, pipe.writer()));
            }
            compositor = pair.get(0);
            return pair.get(1).fd();
        }

        @Override
        public Memory allocate(long size) {
            return new Memory(Memfd.sealed("rehearsed", size), map(size));
        }

        @Override
        public long map(Fd file, long size) {
            return map(size);
        }

        private long map(long size) {
            next += size;
            return next - size;
        }

        @Override
        public void unmap(long guestAddress) {
            close();
        }

        @Override
        public void close() {
            if (compositor != null) {
                compositor.close();
            }
        }
    }
}
