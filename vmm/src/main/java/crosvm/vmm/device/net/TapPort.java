package crosvm.vmm.device.net;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.virtio.DeviceLog;
import java.util.ArrayList;
import java.util.List;

/** A tap's queues, one for each pair; all but the first are detached until the driver asks for more. */
final class TapPort implements NetPort {
    private static final long FEATURES = NetFeature.CSUM
            | NetFeature.HOST_TSO4
            | NetFeature.HOST_TSO6
            | NetFeature.HOST_ECN
            | NetFeature.GUEST_OFFLOADS
            | NetFeature.CTRL_GUEST_OFFLOADS;

    private final List<Fd> queues;
    private final int mtu;
    private final DeviceLog log;
    private final List<EventFd> changed = new ArrayList<>();
    private volatile int used = 1;

    /** @param queues taken over: of a {@link Tap}, or handed over by the process that opened it */
    TapPort(List<Fd> queues, int mtu, DeviceLog log) {
        this.queues = List.copyOf(queues);
        this.mtu = mtu;
        this.log = log;
        queues.forEach(queue -> changed.add(EventFd.create("pairs of " + queue.name())));
    }

    @Override
    public long features() {
        return FEATURES;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public int pairs() {
        return queues.size();
    }

    @Override
    public void accept(long features) {
        try {
            Tap.setOffloads(queues.get(0), NetFeature.tapOffloads(features & NetFeature.GUEST_OFFLOADS));
        } catch (ErrnoException e) {
            log.report(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public synchronized void usePairs(int count) {
        for (int i = 1; i < queues.size(); i++) {
            boolean wanted = i < count;
            if (wanted != i < used) {
                attach(i, wanted);
            }
        }
        used = count;
        changed.forEach(EventFd::signal);
    }

    private void attach(int queue, boolean wanted) {
        try {
            Tap.setAttached(queues.get(queue), wanted);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) { // It is so already.
                log.report(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Whether frames come in on this pair. Any thread. */
    boolean uses(int pair) {
        return pair < used;
    }

    /** Signalled when {@link #uses} may have changed. */
    EventFd changed(int pair) {
        return changed.get(pair);
    }

    @Override
    public Receiver receiver(int pair) {
        return new TapReceiver(this, pair, queues.get(pair), log);
    }

    @Override
    public Sender sender(int pair) {
        return new TapSender(queues.get(pair), log);
    }

    @Override
    public void close() {
        changed.forEach(EventFd::close);
        queues.forEach(Fd::close);
    }
}
