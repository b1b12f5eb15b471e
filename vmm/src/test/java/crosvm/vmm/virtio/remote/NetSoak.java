package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;

import crosvm.schema.model.MacAddress;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.kind.NetModule;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.List;
import java.util.Random;

/** A jailed network card on a stream like passt's, whose other end sends back each frame. */
final class NetSoak {
    private static final int RECEIVE = 0;
    private static final int SEND = 1;
    private static final int HEADER = 12;
    private static final int PREFIX = 4;
    private static final int SHORTEST = 60;
    private static final int LONGEST = 1514;
    private static final long OUT = 0x10000;
    private static final long IN = 0x20000;

    private final Random random = new Random(2);
    private final NativeBuffer stream = NativeBuffer.allocate(PREFIX + LONGEST);

    /** @return what it did */
    String run(long nanoseconds) {
        List<UnixSocket> pair = UnixSocket.pair("soak");
        pair.get(0).fd().setNonBlocking();
        try (UnixSocket theirs = pair.get(0);
                UnixSocket ours = pair.get(1);
                SoakedDevice device = new SoakedDevice(
                        RemoteDevice.of(DeviceType.NET, "net soak", 3, 256, 12),
                        "net_device.policy",
                        new HandedDevice<>(
                                new NetModule(),
                                new NetModule.Parts(
                                        "soak",
                                        MacAddress.parse("02:00:00:00:00:01"),
                                        NetModule.Carrier.STREAM,
                                        0,
                                        List.of(theirs.fd())),
                                null))) {
            long end = System.nanoTime() + nanoseconds;
            long count = 0;
            for (; System.nanoTime() < end; count++) {
                exchange(device, ours);
            }
            return count + " frames each way";
        }
    }

    private void exchange(SoakedDevice device, UnixSocket ours) {
        int length = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1);
        long mark = random.nextLong();
        device.memory.putU64(OUT + HEADER, mark);
        offer(device, SEND, out(OUT, HEADER + length));
        device.awaitUsed(SEND);
        transfer(ours, true, PREFIX + length);
        offer(device, RECEIVE, in(IN, 2048));
        transfer(ours, false, PREFIX + length);
        int received = device.awaitUsed(RECEIVE);
        if (received != HEADER + length || device.memory.u64(IN + HEADER) != mark) {
            throw new IllegalStateException("a frame of " + length + " bytes came back as " + (received - HEADER)
                    + (device.memory.u64(IN + HEADER) == mark ? "" : " others"));
        }
    }

    private static void offer(SoakedDevice device, int queue, DriverQueue.Buffer buffer) {
        DriverQueue ring = device.rings.get(queue);
        ring.setUsedEvent(ring.usedIndex());
        ring.offer(buffer);
        device.kick(queue);
    }

    private void transfer(UnixSocket ours, boolean receive, int bytes) {
        for (int done = 0; done < bytes; ) {
            if (receive) {
                ours.awaitReadable(1000);
            } else {
                ours.awaitWritable(1000);
            }
            long result = receive
                    ? ours.receive(stream, done, bytes - done, List.of())
                    : ours.send(stream, done, bytes - done, List.of());
            done += (int) Math.max(0, result);
        }
    }
}
