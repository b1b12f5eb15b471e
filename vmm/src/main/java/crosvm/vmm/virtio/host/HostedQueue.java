package crosvm.vmm.virtio.host;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestAddressException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.metrics.QueueCounter;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import crosvm.vmm.virtio.queue.Vring;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One started queue of a device: kicks and the device's own descriptors come in, the device handles the queue, the
 * driver is told. Belongs to the worker's thread, except {@link #requestStop()}. Nothing the guest does leaves here as
 * an exception.
 */
final class HostedQueue implements QueueContext {
    private static final Logger LOG = BareLog.of(HostedQueue.class);

    private final VirtioDevice device;
    private final int index;
    private final GuestMemory memory;
    private final SplitQueue ring;
    private final EventFd kick;
    private final EventLoop loop;
    private final DeviceHost host;
    private final Handler onKick;
    private final List<Cancel> watching = new ArrayList<>();
    private EventLoop.@Nullable Watch kicks;
    private boolean broken;

    /** @throws QueueBroken when the ring cannot be */
    HostedQueue(
            VirtioDevice device,
            int index,
            GuestMemory memory,
            Vring vring,
            long features,
            EventFd kick,
            EventFd call,
            EventLoop loop,
            DeviceHost host)
            throws QueueBroken {
        this.device = device;
        this.index = index;
        this.memory = memory;
        this.kick = kick;
        this.loop = loop;
        this.host = host;
        this.ring = new SplitQueue(
                memory,
                vring,
                Feature.has(features, Feature.INDIRECT_DESC),
                Feature.has(features, Feature.EVENT_IDX),
                call);
        this.onKick = () -> device.handleQueue(index, ring);
    }

    /** Handles what is available already, and whatever is kicked for from now on. */
    void start() {
        try {
            device.queueStarted(index, this);
            // Edge-triggered: each signal wakes us once, so the counter need not be read (one system call less a kick).
            kicks = loop.watch(kick.fd(), EventLoop.READABLE | EventLoop.EDGE_TRIGGERED, events -> serve(onKick));
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        serve(onKick);
    }

    /** Before {@link #start()}. */
    void countIn(QueueCounter counter) {
        ring.countIn(counter);
    }

    /** Makes the handler that may be running come to its end soon. Any thread. */
    void requestStop() {
        ring.requestStop();
    }

    /** @return the available index to go on from */
    int stop() {
        if (kicks != null) {
            kicks.close();
        }
        unwatchAll();
        try {
            device.queueStopped(index);
        } catch (RuntimeException e) {
            failed(e);
        }
        return ring.nextAvailable();
    }

    private void serve(Handler handler) {
        if (broken) {
            return;
        }
        try {
            ring.beginBatch();
            ring.disableKicks();
            handler.run();
            ring.notifyDriver();
            while (ring.enableKicks()) {
                ring.disableKicks();
                onKick.run();
                ring.notifyDriver();
            }
            if (ring.batchIsFull()) {
                kick.signal(); // The rest after other queues of this worker have had their turn.
            }
        } catch (QueueBroken e) {
            needsReset("the guest's driver: " + e.rule());
        } catch (GuestAddressException e) {
            needsReset("the guest's driver: " + e.getMessage());
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void failed(RuntimeException e) {
        LOG.log(Level.ERROR, device.name() + ": queue " + index + " failed", e);
        needsReset("failed: " + e);
    }

    private void unwatchAll() {
        for (Cancel cancel : List.copyOf(watching)) {
            cancel.cancel();
        }
    }

    private void needsReset(String reason) {
        broken = true;
        unwatchAll(); // Nobody takes what is ready any more, so it would wake us again and again.
        host.needsReset("queue " + index + ": " + reason);
    }

    @Override
    public SplitQueue ring() {
        return ring;
    }

    @Override
    public GuestMemory memory() {
        return memory;
    }

    @Override
    public Cancel watch(Fd fd, int interest, Handler handler) {
        EventLoop.Watch watch = loop.watch(fd, interest, events -> serve(handler));
        return remember(watch::close);
    }

    @Override
    public Cancel after(long milliseconds, Handler handler) {
        Cancel[] self = new Cancel[1];
        EventLoop.Timer timer = loop.after(milliseconds, () -> {
            watching.remove(self[0]);
            serve(handler);
        });
        self[0] = remember(timer::close);
        return self[0];
    }

    private Cancel remember(Cancel end) {
        Cancel cancel = new Cancel() {
            @Override
            public void cancel() {
                watching.remove(this);
                end.cancel();
            }
        };
        watching.add(cancel);
        return cancel;
    }
}
