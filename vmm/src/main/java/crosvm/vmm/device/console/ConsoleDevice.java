package crosvm.vmm.device.console;

import crosvm.vmm.console.PortInput;
import crosvm.vmm.console.PortOutput;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.virtio.ConfigBytes;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * virtio-console (virtio 1.2 §5.3) with its one port, hvc0. Output the other end has no room for stays in the driver's
 * buffer, and the buffer with us; input waits in a queue of {@value InputQueue#CAPACITY} bytes for buffers of the driver's,
 * also from before there is one. Queues belong to the worker; {@link PortInput}'s methods are for any thread.
 */
public final class ConsoleDevice implements VirtioDevice, PortInput {
    /** VIRTIO_CONSOLE_F_SIZE: the configuration space tells the terminal's size. */
    static final long F_SIZE = 1;

    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;

    /** u16 cols, u16 rows, u32 max_nr_ports, u32 emerg_wr. */
    private static final int CONFIG_SIZE = 12;

    private static final int SIZE_FIELDS = 4;
    private static final int CHUNK_BYTES = 1 << 12;
    private static final int MAX_CHARACTERS = 0xffff;

    private final PortOutput output;
    private final boolean hasSize;
    private final ConfigBytes config = new ConfigBytes(CONFIG_SIZE);
    private final InputQueue input = new InputQueue();
    private final EventFd inputCame = EventFd.create("hvc0 input");
    private final EventFd outputRoom = EventFd.create("hvc0 room for output");
    private final Object events = new Object();
    private final byte[] receivePiece = new byte[CHUNK_BYTES];
    private final byte[] transmitPiece = new byte[CHUNK_BYTES];
    private final ByteBuffer transmitBuffer = ByteBuffer.wrap(transmitPiece);
    private @Nullable DescriptorChain sending;
    private long sent;
    private volatile @Nullable DeviceHost host;

    /**
     * @param output gets what the guest writes
     * @param hasSize whether the other end is a terminal, whose size the guest is told
     */
    public ConsoleDevice(PortOutput output, boolean hasSize) {
        this.output = output;
        this.hasSize = hasSize;
        output.onRoom(() -> signal(outputRoom));
    }

    @Override
    public DeviceType type() {
        return DeviceType.CONSOLE;
    }

    @Override
    public String name() {
        return "hvc0";
    }

    @Override
    public long features() {
        return hasSize ? F_SIZE : 0;
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public int configSize() {
        return CONFIG_SIZE;
    }

    @Override
    public long readConfig(int offset, int size) {
        return config.get(offset, size);
    }

    @Override
    public void attach(DeviceHost listener) {
        host = listener;
    }

    @Override
    public void queueStarted(int queue, QueueContext context) {
        EventFd event = queue == RECEIVE ? inputCame : outputRoom;
        context.watch(event.fd(), EventLoop.READABLE, () -> {
            event.drain();
            handleQueue(queue, context.ring());
        });
        if (queue == TRANSMIT && hasSize) {
            tellOfConfig(); // Linux reads the size after a change only; what comes during its probe it keeps for
            // afterwards.
        }
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        if (queue == RECEIVE) {
            receive(ring);
        } else {
            transmit(ring);
        }
    }

    /** Fills the driver's buffers with input, as long as there is both. */
    private void receive(SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (!input.isEmpty() && ring.pop()) {
            long room = chain.writableBytes();
            long filled = 0;
            while (filled < room) {
                int length = (int) Math.min(input.peek(receivePiece), room - filled);
                if (length == 0) {
                    break;
                }
                chain.write(filled, receivePiece, 0, length);
                input.remove(length);
                filled += length;
            }
            ring.push(filled);
        }
    }

    /** Passes the driver's output on, until the other end has no more room. */
    private void transmit(SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = sending == null ? ring.chain() : sending;
        while (sending != null || ring.pop(chain)) {
            if (sending == null) {
                sending = chain;
                sent = 0;
            }
            if (!pass(chain)) {
                return; // Room again, or the next kick, brings us back.
            }
            sending = null;
            ring.push(chain, 0);
        }
    }

    /** @return whether the chain is done with */
    private boolean pass(DescriptorChain chain) throws QueueBroken {
        long all = chain.readableBytes();
        while (sent < all) {
            int length = (int) Math.min(CHUNK_BYTES, all - sent);
            chain.read(sent, transmitPiece, 0, length);
            output.offer(transmitBuffer.clear().limit(length));
            sent += transmitBuffer.position();
            if (transmitBuffer.hasRemaining()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void queueStopped(int queue) {
        if (queue == TRANSMIT) {
            sending = null;
        }
    }

    @Override
    public int offer(byte[] bytes, int offset, int length) {
        int taken = input.add(bytes, offset, length);
        signal(inputCame);
        return taken;
    }

    /** The other end may still have input, or room, while the device is closed. */
    private void signal(EventFd event) {
        synchronized (events) {
            if (event.fd().isOpen()) {
                event.signal();
            }
        }
    }

    @Override
    public void onRoom(Runnable listener) {
        input.onRoom(listener);
    }

    /** A virtio console knows no break. */
    @Override
    public void sendBreak() {}

    @Override
    public void resize(int columns, int rows) {
        long size = Math.min(columns, MAX_CHARACTERS) | (long) Math.min(rows, MAX_CHARACTERS) << 16;
        if (!hasSize || config.get(0, SIZE_FIELDS) == size) {
            return;
        }
        config.put(0, SIZE_FIELDS, size);
        tellOfConfig();
    }

    private void tellOfConfig() {
        DeviceHost told = host;
        if (told != null) {
            told.configChanged();
        }
    }

    @Override
    public void close() {
        synchronized (events) {
            inputCame.close();
            outputRoom.close();
        }
    }
}
