package crosvm.vmm.virtio.pci;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.irq.InterruptLine;
import crosvm.vmm.irq.MsiRoute;
import crosvm.vmm.irq.MsiRoutes;

/**
 * All interrupts of one function: a source per queue and one for configuration changes, each wired to where MSI-X's
 * masks, its vector and the driver's state say. Guarded by the transport's lock; {@link #configurationChanged()} may be
 * called from any thread without it.
 */
final class Interrupts {
    private final InterruptSource[] queues;
    private final InterruptSource configuration;
    private final InterruptSource[] all;
    private final MsiRoute[] routes;
    private final MsixTable msix;
    private final IntxPin pin;
    private final EventLoop loop;
    private boolean live;

    Interrupts(String device, int queueCount, MsiRoutes msiRoutes, InterruptLine line, EventLoop loop) {
        this.loop = loop;
        this.pin = new IntxPin(line);
        this.queues = new InterruptSource[queueCount];
        this.all = new InterruptSource[queueCount + 1];
        for (int i = 0; i < queueCount; i++) {
            queues[i] = new InterruptSource(device + " call " + i, IntxPin.QUEUE);
            all[i] = queues[i];
        }
        configuration = new InterruptSource(device + " configuration change", IntxPin.CONFIGURATION);
        all[queueCount] = configuration;
        routes = new MsiRoute[queueCount + 1];
        for (int i = 0; i < routes.length; i++) {
            routes[i] = msiRoutes.allocate();
        }
        msix = new MsixTable(routes.length, this::rewireVector);
    }

    MsixTable msix() {
        return msix;
    }

    IntxPin pin() {
        return pin;
    }

    EventFd call(int queue) {
        return queues[queue].event;
    }

    int queueVector(int queue) {
        return queues[queue].vector;
    }

    void setQueueVector(int queue, long vector) {
        setVector(queues[queue], vector);
    }

    int configurationVector() {
        return configuration.vector;
    }

    void setConfigurationVector(long vector) {
        setVector(configuration, vector);
    }

    /** virtio 1.2 §4.1.5.1.2.1: a vector that cannot be had reads back as none. */
    private void setVector(InterruptSource source, long vector) {
        source.toNowhere();
        source.vector = vector < routes.length ? (int) vector : InterruptSource.NO_VECTOR;
        rewire(source);
    }

    void configurationChanged() {
        configuration.event.signal();
    }

    /** The device is driven from now on: signals are interrupts. */
    void start() {
        live = true;
        rewireAll();
    }

    /** The device has been reset: nothing is pending, no vector assigned. MSI-X's own state is PCI's and stays. */
    void reset() {
        live = false;
        for (InterruptSource source : all) {
            source.toNowhere();
            source.vector = InterruptSource.NO_VECTOR;
            source.event.drainShared();
        }
        pin.setActive(false);
    }

    void setMsixControl(long control) {
        if (msix.setControl(control)) {
            rewireAll();
        }
    }

    boolean pending(int vector) {
        for (InterruptSource source : all) {
            if (live && msix.enabled() && source.vector == vector && source.waiting()) {
                return true;
            }
        }
        return false;
    }

    private void rewireAll() {
        pin.setActive(live && !msix.enabled());
        for (InterruptSource source : all) {
            rewire(source);
        }
    }

    private void rewireVector(int vector) {
        for (InterruptSource source : all) {
            if (source.vector == vector) {
                rewire(source);
            }
        }
    }

    private void rewire(InterruptSource source) {
        if (!live) {
            source.toNowhere();
        } else if (!msix.enabled()) {
            source.toPin(loop, pin);
        } else if (source.vector != InterruptSource.NO_VECTOR
                && msix.canSend(source.vector)
                && routes[source.vector].program(msix.address(source.vector), msix.data(source.vector))) {
            source.toMessage(routes[source.vector]);
        } else {
            source.toNowhere();
        }
    }

    void close() {
        live = false;
        for (InterruptSource source : all) {
            source.close();
        }
        for (MsiRoute route : routes) {
            route.close();
        }
        pin.setActive(false);
    }
}
