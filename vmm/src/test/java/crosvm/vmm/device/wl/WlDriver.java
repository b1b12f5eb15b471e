package crosvm.vmm.device.wl;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A guest's driver of a virtio-wl device, wherever that runs. */
public class WlDriver implements AutoCloseable {
    static final int QUEUE = 64;
    private static final int MEMORY = 4 << 20;
    private static final long IN_RING = 0x1000;
    private static final long OUT_RING = 0x3000;
    private static final long IN_BUFFERS = 0x10_0000;
    private static final long COMMAND = 0x20_0000;
    private static final long REPLY = 0x30_0000;

    public final GuestMemory memory = GuestMemory.allocate(MEMORY);
    final VirtioBackend backend;
    DriverQueue in = new DriverQueue(memory, IN_RING, QUEUE);
    DriverQueue out = new DriverQueue(memory, OUT_RING, QUEUE);
    public final List<String> needsReset = new CopyOnWriteArrayList<>();
    private final EventFd inKick = EventFd.create("in kick");
    private final EventFd outKick = EventFd.create("out kick");
    private final EventFd call = EventFd.create("call");
    private final Deque<Buffer> posted = new ArrayDeque<>();
    private int nextIn;
    private int expected;

    /**
     * @param backend closed with this
     * @param features of the device that the driver accepts
     */
    @SuppressWarnings("this-escape") // WlBench adds methods only.
    public WlDriver(VirtioBackend backend, long features) {
        this.backend = backend;
        backend.listen(new DeviceHost() {
            @Override
            public void configChanged() {}

            @Override
            public void needsReset(String reason) {
                needsReset.add(reason);
            }
        });
        backend.setMemory(memory);
        backend.acceptFeatures(features);
        start();
    }

    /** With fresh rings, after a reset. */
    void restart() {
        in = new DriverQueue(memory, IN_RING, QUEUE);
        out = new DriverQueue(memory, OUT_RING, QUEUE);
        posted.clear();
        start();
    }

    void start() {
        backend.startQueue(WlProtocol.QUEUE_IN, in.vring(), inKick, call);
        backend.startQueue(WlProtocol.QUEUE_OUT, out.vring(), outKick, call);
    }

    void kickOut() {
        outKick.signal();
    }

    void kickIn() {
        inKick.signal();
    }

    /** Posts {@code count} buffers of {@code size} bytes for what the host has to tell. */
    public void post(int count, int size) {
        for (int i = 0; i < count; i++) {
            Buffer buffer = Buffer.in(IN_BUFFERS + 4096L * (nextIn++ % QUEUE), size);
            posted.add(buffer);
            in.offer(buffer);
        }
        inKick.signal();
    }

    /** What the host tells next, as long as it says. */
    public ByteBuffer told() {
        int length = in.awaitUsed();
        Buffer buffer = posted.remove();
        assertThat(length).isLessThanOrEqualTo(buffer.length());
        return bytes(buffer.address(), length);
    }

    /** Sends a command and waits for its answer. */
    public ByteBuffer command(ByteBuffer command) {
        memory.write(COMMAND, command.array(), 0, command.capacity());
        out.offer(Buffer.out(COMMAND, command.capacity()), Buffer.in(REPLY, 64));
        outKick.signal();
        return bytes(REPLY, out.awaitUsed());
    }

    /** The same, and the type of the answer, of which there is nothing else. */
    public int plain(ByteBuffer command) {
        ByteBuffer answer = command(command);
        assertThat(answer.capacity()).as("length of a plain answer").isEqualTo(4);
        return answer.getInt(0);
    }

    /** Offers {@code count} messages for a stream, of a megabyte each, and waits for nothing. */
    public void offerMegabytes(int id, int count) {
        memory.write(COMMAND, send(id, new byte[0]).array(), 0, WlProtocol.SEND_SIZE);
        for (int i = 0; i < count; i++) {
            out.offer(
                    Buffer.out(COMMAND, WlProtocol.SEND_SIZE),
                    Buffer.out(0, 1 << 20),
                    Buffer.in(REPLY + 64L * (1 + i), 64));
        }
        expected = 0;
        outKick.signal();
    }

    /** The type of the next answer to {@link #offerMegabytes}. */
    public int nextAnswer() {
        assertThat(out.awaitUsed()).isEqualTo(WlProtocol.TYPE_SIZE);
        return memory.u32(REPLY + 64L * ++expected);
    }

    /** Makes sure that no command is answered for a while. */
    public void awaitNoAnswer(long milliseconds) {
        int before = out.usedIndex();
        long end = System.nanoTime() + milliseconds * 1_000_000;
        while (System.nanoTime() < end) {
            assertThat(out.usedIndex()).isEqualTo(before);
            Thread.onSpinWait();
        }
    }

    ByteBuffer bytes(long address, int length) {
        byte[] bytes = new byte[length];
        memory.read(address, bytes, 0, length);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < words.length; i++) {
            bytes.putInt(4 * i, words[i]);
        }
        return bytes;
    }

    /** VFD_NEW, padded to 32 bytes as C's compilers do. */
    public static ByteBuffer newMemory(int id, int size) {
        return words(WlProtocol.VFD_NEW, 0, id, 3, 0, 0, size, 0);
    }

    public static ByteBuffer newContext(int id) {
        return words(WlProtocol.VFD_NEW_CTX, 0, id, 0, 0, 0, 0, 0);
    }

    public static ByteBuffer newPipe(int id, int flags) {
        return words(WlProtocol.VFD_NEW_PIPE, 0, id, flags, 0, 0, 0, 0);
    }

    public static ByteBuffer close(int id) {
        return words(WlProtocol.VFD_CLOSE, 0, id);
    }

    public static ByteBuffer send(int id, byte[] data, int... ids) {
        ByteBuffer bytes =
                ByteBuffer.allocate(16 + 4 * ids.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(WlProtocol.VFD_SEND).putInt(0).putInt(id).putInt(ids.length);
        Arrays.stream(ids).forEach(bytes::putInt);
        return bytes.put(data);
    }

    @Override
    public void close() {
        backend.close();
        memory.close();
        inKick.close();
        outKick.close();
        call.close();
    }
}
