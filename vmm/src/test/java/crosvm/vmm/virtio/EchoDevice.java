package crosvm.vmm.virtio;

import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A device for tests: gives back each byte it gets plus one, and writes down what its host asks of it. */
public final class EchoDevice implements VirtioDevice {
    public static final long OWN_FEATURE = 1L << 7;
    public static final int CONFIG_SIZE = 20;

    public final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    public final ConfigBytes config = new ConfigBytes(CONFIG_SIZE);
    public volatile DeviceHost host;
    public volatile boolean closed;

    public EchoDevice() {
        for (int i = 0; i < CONFIG_SIZE; i++) {
            config.put(i, 1, 0x10 + i);
        }
    }

    @Override
    public DeviceType type() {
        return DeviceType.CONSOLE;
    }

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public long features() {
        return OWN_FEATURE;
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public int workerOf(int queue) {
        return queue;
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
    public void writeConfig(int offset, int size, long value) {
        config.put(offset, size, value);
    }

    @Override
    public void attach(DeviceHost deviceHost) {
        host = deviceHost;
    }

    @Override
    public void negotiated(long features) {
        calls.add("negotiated 0x" + Long.toHexString(features));
    }

    @Override
    public void queueStarted(int queue, QueueContext context) {
        calls.add("started " + queue);
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        byte[] bytes = new byte[256];
        while (ring.pop()) {
            int length = (int) Math.min(bytes.length, Math.min(chain.readableBytes(), chain.writableBytes()));
            chain.read(0, bytes, 0, length);
            for (int i = 0; i < length; i++) {
                bytes[i]++;
            }
            chain.write(0, bytes, 0, length);
            ring.push(length);
        }
    }

    @Override
    public void queueStopped(int queue) {
        calls.add("stopped " + queue);
    }

    @Override
    public void reset() {
        calls.add("reset");
    }

    @Override
    public void close() {
        closed = true;
    }
}
