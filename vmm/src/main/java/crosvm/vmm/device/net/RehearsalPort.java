package crosvm.vmm.device.net;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.virtio.DeviceLog;
import java.util.List;

/**
 * A port of each kind on the two ends of one socket pair: pair 0 as on a tap, pair 1 as on passt's stream. What one sends
 * the other receives. For a device process that goes through all code before its jail closes.
 */
final class RehearsalPort implements NetPort {
    private final TapPort tap;
    private final StreamPort stream;

    RehearsalPort(Fd tapEnd, Fd streamEnd, DeviceLog log) {
        tap = new TapPort(List.of(tapEnd), 1500, log);
        stream = new StreamPort(streamEnd, log, () -> {});
    }

    @Override
    public long features() {
        return tap.features();
    }

    @Override
    public int mtu() {
        return tap.mtu();
    }

    @Override
    public int pairs() {
        return 2;
    }

    /** A socket has no offloads to set. */
    @Override
    public void accept(long features) {
        NetFeature.tapOffloads(features);
    }

    @Override
    public void usePairs(int count) {
        tap.usePairs(count);
    }

    @Override
    public Receiver receiver(int pair) {
        return pair == 0 ? tap.receiver(0) : stream.receiver(0);
    }

    @Override
    public Sender sender(int pair) {
        return pair == 0 ? tap.sender(0) : stream.sender(0);
    }

    @Override
    public void close() {
        tap.close();
        stream.close();
    }
}
