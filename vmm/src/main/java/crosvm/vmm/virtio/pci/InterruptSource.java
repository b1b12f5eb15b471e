package crosvm.vmm.virtio.pci;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.irq.MsiRoute;
import org.jspecify.annotations.Nullable;

/**
 * A queue's call, or a configuration change, and where its signals go at the moment: to an MSI-X message inside the
 * kernel, to the INTx pin through the event loop, or nowhere, so that they wait in the descriptor. Guarded by the
 * transport's lock.
 */
final class InterruptSource {
    static final int NO_VECTOR = 0xffff;

    final EventFd event;
    final int isrBit;
    int vector = NO_VECTOR;
    private @Nullable MsiRoute route;
    private EventLoop.@Nullable Watch watch;

    InterruptSource(String name, int isrBit) {
        this.event = EventFd.create(name);
        this.isrBit = isrBit;
    }

    boolean waiting() {
        return route == null && watch == null && event.isSignalled();
    }

    void toNowhere() {
        if (route != null) {
            route.disconnect(event);
            route = null;
        }
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    void toPin(EventLoop loop, IntxPin pin) {
        if (watch == null) {
            toNowhere();
            watch = loop.watch(event.fd(), EventLoop.READABLE, events -> {
                if (event.drainShared() != 0) {
                    pin.raise(isrBit);
                }
            });
        }
    }

    @SuppressWarnings("ReferenceEquality") // A route is what KVM's table holds, not what it says.
    void toMessage(MsiRoute wanted) {
        if (route == wanted) {
            return;
        }
        toNowhere();
        // What waited here is sent now. KVM would see it by itself, but leave it in the descriptor, where the next
        // masking would take it for pending again.
        boolean waited = event.drainShared() != 0;
        wanted.connect(event);
        route = wanted;
        if (waited) {
            event.signalShared();
        }
    }

    void close() {
        toNowhere();
        event.close();
    }
}
