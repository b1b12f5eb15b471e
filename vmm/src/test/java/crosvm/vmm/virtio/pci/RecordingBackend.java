package crosvm.vmm.virtio.pci;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.Vring;
import java.util.ArrayList;
import java.util.List;

/** A back-end that writes down what the transport asks of it, and does what the test says. */
final class RecordingBackend implements VirtioBackend {
    static final long FEATURES = 1L << 5 | Feature.EVENT_IDX | Feature.VERSION_1;
    static final int CONFIG_SIZE = 12;

    final List<String> calls = new ArrayList<>();
    final Vring[] rings = new Vring[2];
    final EventFd[] kicks = new EventFd[2];
    final EventFd[] signals = new EventFd[2];
    final byte[] config = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    DeviceHost host;

    @Override
    public DeviceType type() {
        return DeviceType.BLOCK;
    }

    @Override
    public String name() {
        return "recorded";
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public int queueSize(int queue) {
        return queue == 0 ? 256 : 64;
    }

    @Override
    public long features() {
        return FEATURES;
    }

    @Override
    public void acceptFeatures(long features) {
        calls.add("acceptFeatures 0x" + Long.toHexString(features));
    }

    @Override
    public int configSize() {
        return CONFIG_SIZE;
    }

    @Override
    public long readConfig(int offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (config[offset + i] & 0xffL) << 8 * i;
        }
        return value;
    }

    @Override
    public void writeConfig(int offset, int size, long value) {
        calls.add("writeConfig " + offset + " " + size + " " + value);
    }

    @Override
    public void setMemory(GuestMemory memory) {
        calls.add("setMemory");
    }

    @Override
    public void listen(DeviceHost listener) {
        host = listener;
    }

    @Override
    public void startQueue(int queue, Vring ring, EventFd kick, EventFd call) {
        calls.add("startQueue " + queue);
        rings[queue] = ring;
        kicks[queue] = kick;
        signals[queue] = call;
    }

    @Override
    public int stopQueue(int queue) {
        calls.add("stopQueue " + queue);
        return 0;
    }

    @Override
    public void reset() {
        calls.add("reset");
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
