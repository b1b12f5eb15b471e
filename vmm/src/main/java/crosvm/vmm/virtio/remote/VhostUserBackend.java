package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestAddressException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.GuestRegion;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.vhostuser.VringState;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.Vring;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A virtio device in another process, driven over vhost-user: the front-end. The process may be ours, somebody else's,
 * or hostile: a wrong answer, none within the time, or a hang-up makes the device a dead one, which costs the guest this
 * device (DEVICE_NEEDS_RESET) and nobody else anything. Calls come from the transport, one at a time; what the process
 * announces by itself comes in on the event loop.
 */
public final class VhostUserBackend implements VirtioBackend {
    /** What a driver may be offered from over there: the device's own bits and those of rings as we check them. */
    private static final long PASSED_ON = 0xff_ffffL | Feature.INDIRECT_DESC | Feature.EVENT_IDX | Feature.VERSION_1;

    /** At the end nobody waits for a device that hangs; a healthy one stops its queues in less. */
    private static final int FAREWELL_MILLISECONDS = 1000;

    private final RemoteDevice device;
    private final Connection connection;
    private final Consumer<String> onDeath;
    private final FrontEnd frontEnd;
    private final RemoteConfig config;
    private final RemoteEvents events;
    private final EventFd error;
    private final long features;
    private final boolean negotiable;
    private final boolean[] started;
    private final Vring[] rings;
    private volatile @Nullable DeviceHost host;
    private @Nullable GuestMemory memory;
    private volatile boolean dead;
    private boolean talking;

    /**
     * Opens the session with the process behind {@code connection} and waits for its answers.
     *
     * @param connection taken over
     * @param loop on which hang-up, errors and announcements are seen
     * @param timeoutMilliseconds the longest wait for one answer
     * @param onDeath told once, with the reason, when the device has died; on any thread
     * @throws VhostUserException when the process is not what {@code device} needs; the connection is then closed
     */
    public static VhostUserBackend open(
            RemoteDevice device,
            Connection connection,
            EventLoop loop,
            int timeoutMilliseconds,
            Consumer<String> onDeath) {
        EventFd error = EventFd.create(device.name() + " error");
        try {
            return new VhostUserBackend(device, connection, loop, timeoutMilliseconds, onDeath, error);
        } catch (RuntimeException e) {
            error.close();
            connection.close();
            throw e instanceof VhostUserException ? new VhostUserException(device.name() + ": " + e.getMessage()) : e;
        }
    }

    private VhostUserBackend(
            RemoteDevice device,
            Connection connection,
            EventLoop loop,
            int timeoutMilliseconds,
            Consumer<String> onDeath,
            EventFd error) {
        this.device = device;
        this.connection = connection;
        this.onDeath = onDeath;
        this.error = error;
        frontEnd = new FrontEnd(connection, timeoutMilliseconds);
        long offered = frontEnd.open();
        if (!Feature.has(offered, Feature.VERSION_1)) {
            throw new VhostUserException("its process does not offer VIRTIO_F_VERSION_1");
        }
        features = offered & PASSED_ON;
        negotiable = frontEnd.negotiable();
        frontEnd.requireQueues(device.queueCount());
        config = new RemoteConfig(device, frontEnd);
        started = new boolean[device.queueCount()];
        rings = new Vring[device.queueCount()];
        events = new RemoteEvents(this, connection, error, loop);
        try {
            events.open(frontEnd);
        } catch (RuntimeException e) {
            events.close();
            throw e;
        }
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
    public long features() {
        return features;
    }

    /** Whether the process has died, hung up or been given up; it never comes back. */
    public boolean isDead() {
        return dead;
    }

    /** @param talk a conversation with the process, which may kill the device */
    private void talk(Runnable talk) {
        if (dead) {
            return;
        }
        boolean outermost = !talking;
        if (outermost) {
            talking = true;
            frontEnd.beginConversation();
        }
        try {
            talk.run();
        } catch (VhostUserException e) {
            died(String.valueOf(e.getMessage()));
        } finally {
            if (outermost) {
                talking = false;
                frontEnd.endConversation();
            }
        }
    }

    /** Any thread. The first reason counts; later ones follow from it. */
    void died(String reason) {
        synchronized (this) {
            if (dead) {
                return;
            }
            dead = true;
        }
        connection.shutdown();
        needsReset(reason);
        onDeath.accept(device.name() + ": " + reason);
    }

    /** The process says that a ring cannot go on; it lives, and a reset helps. Event loop. */
    void ringFailed() {
        needsReset("its process cannot continue a queue; its log says why");
    }

    private void needsReset(String reason) {
        DeviceHost listener = host;
        if (listener != null) {
            listener.needsReset(reason);
        }
    }

    /** Event loop. */
    void configChanged() {
        config.invalidate();
        DeviceHost listener = host;
        if (listener != null) {
            listener.configChanged();
        }
    }

    @Override
    public void listen(DeviceHost listener) {
        host = listener;
        if (dead) {
            listener.needsReset("its process has ended already");
        }
    }

    @Override
    public void acceptFeatures(long accepted) {
        long all = negotiable ? accepted | ProtocolFeature.NEGOTIABLE : accepted;
        talk(() -> frontEnd.tell(Request.SET_FEATURES, Message.u64(all)));
    }

    @Override
    public int configSize() {
        return device.configSize();
    }

    @Override
    public long readConfig(int offset, int size) {
        long[] value = new long[1];
        talk(() -> value[0] = config.read(offset, size));
        return dead ? config.cached(offset, size) : value[0];
    }

    @Override
    public void writeConfig(int offset, int size, long value) {
        talk(() -> config.write(offset, size, value));
    }

    /** The process looks when its configuration space is read, which is done here already, so that it knows before the guest. */
    @Override
    public void refresh() {
        config.invalidate();
        if (device.configSize() > 0) {
            readConfig(0, 1);
        }
        configChanged();
    }

    /** A field that is known better here than over there, as a disk's capacity may be; the driver is told. Any thread. */
    public void setConfig(int offset, int size, long value) {
        config.override(offset, size, value);
        configChanged();
    }

    @Override
    public void setMemory(GuestMemory guestMemory) {
        memory = guestMemory;
        List<GuestRegion> regions = guestMemory.regions();
        MemoryTable table = new MemoryTable(regions.stream()
                .map(r -> new MemoryTable.Region(r.guestAddress(), r.size(), r.hostAddress(), r.fileOffset()))
                .toList());
        Fd[] files = regions.stream().map(GuestRegion::file).toArray(Fd[]::new);
        talk(() -> frontEnd.tell(Request.SET_MEM_TABLE, table.encode(), files));
    }

    @Override
    public void startQueue(int queue, Vring ring, EventFd kick, EventFd call) {
        VringAddress address;
        try {
            address = userAddresses(queue, ring);
        } catch (GuestAddressException e) {
            needsReset("queue " + queue + ": the guest's driver: " + e.getMessage());
            return;
        }
        started[queue] = true;
        rings[queue] = ring;
        talk(() -> {
            frontEnd.tell(Request.SET_VRING_NUM, new VringState(queue, ring.size()).encode());
            frontEnd.tell(Request.SET_VRING_BASE, new VringState(queue, ring.lastAvailable()).encode());
            frontEnd.tell(Request.SET_VRING_ADDR, address.encode());
            frontEnd.tell(Request.SET_VRING_CALL, Message.u64(queue), call.fd());
            frontEnd.tell(Request.SET_VRING_ERR, Message.u64(queue), error.fd());
            // The kick starts the ring, so it comes when everything else is there.
            frontEnd.tell(Request.SET_VRING_KICK, Message.u64(queue), kick.fd());
            if (negotiable) {
                frontEnd.tell(Request.SET_VRING_ENABLE, new VringState(queue, 1).encode());
            }
        });
    }

    private VringAddress userAddresses(int queue, Vring ring) {
        GuestMemory guest = Objects.requireNonNull(memory, "setMemory() comes first");
        RingAddresses host = RingAddresses.of(guest, ring);
        return new VringAddress(queue, 0, host.descriptors(), host.used(), host.available(), 0);
    }

    @Override
    public int stopQueue(int queue) {
        if (!started[queue]) {
            return 0;
        }
        started[queue] = false;
        int[] next = {-1};
        talk(() -> next[0] = stop(queue));
        return next[0] >= 0 ? next[0] : usedIndex(rings[queue]);
    }

    private int stop(int queue) {
        VringState answer =
                VringState.decode(frontEnd.get(Request.GET_VRING_BASE, new VringState(queue, 0).encode(), Long.BYTES));
        if (answer.index() != queue || answer.number() > 0xffff) {
            throw new VhostUserException("its process answers GET_VRING_BASE of queue " + queue + " with " + answer);
        }
        return (int) answer.number();
    }

    /** Of a dead device: what it has given back is what it has done. */
    private int usedIndex(Vring ring) {
        GuestMemory guest = memory;
        return guest == null ? 0 : guest.u16(ring.used() + 2);
    }

    @Override
    public void reset() {
        talk(() -> {
            stopAll();
            if (!dead && frontEnd.has(ProtocolFeature.RESET_DEVICE)) {
                frontEnd.tell(Request.RESET_DEVICE, Message.payload(0));
            }
        });
        stopAll();
        config.invalidate();
        events.watchErrors();
    }

    /** Also of those that have died: their queues are known as stopped then. */
    private void stopAll() {
        for (int i = 0; i < started.length; i++) {
            stopQueue(i);
        }
    }

    @Override
    public void hurry() {
        frontEnd.hurry(FAREWELL_MILLISECONDS);
    }

    @Override
    public void close() {
        hurry();
        stopAll();
        synchronized (this) {
            dead = true; // From here on a hang-up is what we want.
        }
        events.close();
        connection.shutdown();
        connection.close();
        error.close();
    }
}
