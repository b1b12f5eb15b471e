package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.Uninterruptibly;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.Vring;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A device whose process is still starting while the guest already runs. What the machine's plan says of it is answered at once;
 * whatever takes the process waits until the session with it is open ({@link #connected}), or until the machine ends
 * ({@link #hurry}). The wait is as bounded as the process's start: who starts it ends the machine when it fails.
 */
public final class AwaitedBackend implements VirtioBackend {
    private final RemoteDevice device;
    private final CountDownLatch decided = new CountDownLatch(1);
    private @Nullable GuestMemory memory;
    private @Nullable DeviceHost host;
    private volatile @Nullable VirtioBackend session;

    public AwaitedBackend(RemoteDevice device) {
        this.device = device;
    }

    /**
     * The process is there and sealed: hands it the guest's memory, and lets those go on that wait for it. Called once, before
     * {@link #close}.
     *
     * @param backend taken over
     */
    public void connected(VirtioBackend backend) {
        DeviceHost listener = host;
        if (listener != null) {
            backend.listen(listener);
        }
        GuestMemory guest = memory;
        if (guest != null) {
            backend.setMemory(guest);
        }
        session = backend;
        if (decided.getCount() == 0) {
            backend.hurry(); // The machine is ending already.
        }
        decided.countDown();
    }

    /** Null when the machine ends before the process was there. */
    private @Nullable VirtioBackend await() {
        VirtioBackend known = session;
        if (known == null) {
            Uninterruptibly.run(decided::await);
            known = session;
        }
        return known;
    }

    @Override
    public DeviceType type() {
        return device.type();
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public int queueCount() {
        return device.queueCount();
    }

    @Override
    public int queueSize(int queue) {
        return device.queueSize();
    }

    @Override
    public int configSize() {
        return device.configSize();
    }

    @Override
    public long features() {
        VirtioBackend backend = await();
        return backend == null ? 0 : backend.features();
    }

    @Override
    public void acceptFeatures(long features) {
        VirtioBackend backend = await();
        if (backend != null) {
            backend.acceptFeatures(features);
        }
    }

    @Override
    public long readConfig(int offset, int size) {
        VirtioBackend backend = await();
        return backend == null ? 0 : backend.readConfig(offset, size);
    }

    @Override
    public void writeConfig(int offset, int size, long value) {
        VirtioBackend backend = await();
        if (backend != null) {
            backend.writeConfig(offset, size, value);
        }
    }

    @Override
    public void refresh() {
        VirtioBackend backend = await();
        if (backend != null) {
            backend.refresh();
        }
    }

    /** Before the process is there, by the thread that calls {@link #connected}. */
    @Override
    public void setMemory(GuestMemory guestMemory) {
        memory = guestMemory;
        VirtioBackend backend = session;
        if (backend != null) {
            backend.setMemory(guestMemory);
        }
    }

    /** Before the process is there, by the thread that calls {@link #connected}. */
    @Override
    public void listen(DeviceHost listener) {
        host = listener;
        VirtioBackend backend = session;
        if (backend != null) {
            backend.listen(listener);
        }
    }

    @Override
    public void startQueue(int queue, Vring ring, EventFd kick, EventFd call) {
        VirtioBackend backend = await();
        if (backend != null) {
            backend.startQueue(queue, ring, kick, call);
        }
    }

    @Override
    public void callReplaced(int queue, EventFd call) {
        VirtioBackend backend = await();
        if (backend != null) {
            backend.callReplaced(queue, call);
        }
    }

    @Override
    public int stopQueue(int queue) {
        VirtioBackend backend = await();
        return backend == null ? 0 : backend.stopQueue(queue);
    }

    @Override
    public void reset() {
        VirtioBackend backend = await();
        if (backend != null) {
            backend.reset();
        }
    }

    @Override
    public void hurry() {
        decided.countDown();
        VirtioBackend backend = session;
        if (backend != null) {
            backend.hurry();
        }
    }

    @Override
    public void close() {
        VirtioBackend backend = session;
        if (backend != null) {
            backend.close();
        }
    }
}
