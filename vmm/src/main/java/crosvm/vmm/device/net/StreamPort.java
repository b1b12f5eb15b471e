package crosvm.vmm.device.net;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.virtio.DeviceLog;

/** passt's end of a stream socket: one pair of queues, nothing left undone in frames. */
final class StreamPort implements NetPort {
    /** What passt tells guests by DHCP and NDP. */
    private static final int MTU = 65520;

    private final Fd stream;
    /** The same socket once more: an event loop takes each descriptor once, for one direction. */
    private final Fd outgoing;

    private final DeviceLog log;
    private final Runnable onEnd;
    private volatile boolean up = true;

    /**
     * @param stream connected and non-blocking; taken over
     * @param onEnd told once when the other end has gone; on a worker
     */
    StreamPort(Fd stream, DeviceLog log, Runnable onEnd) {
        this.stream = stream;
        this.outgoing = stream.duplicate();
        this.log = log;
        this.onEnd = onEnd;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int mtu() {
        return MTU;
    }

    @Override
    public int pairs() {
        return 1;
    }

    @Override
    public void accept(long features) {}

    @Override
    public void usePairs(int count) {}

    /** Whether the other end is there. Any thread. */
    boolean isUp() {
        return up;
    }

    /** The cable is cut; a queue's worker, and both of them share one. */
    void ended(String reason) {
        if (up) {
            up = false;
            log.report(reason + "; the guest's link is down from now on");
            onEnd.run();
        }
    }

    @Override
    public Receiver receiver(int pair) {
        return new StreamReceiver(this, stream, log);
    }

    @Override
    public Sender sender(int pair) {
        return new StreamSender(this, outgoing, log);
    }

    @Override
    public void close() {
        outgoing.close();
        stream.close();
    }
}
