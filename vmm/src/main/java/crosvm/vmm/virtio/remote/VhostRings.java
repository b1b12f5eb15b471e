package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Ioctl;
import crosvm.vmm.linux.abi.Vhost;
import crosvm.vmm.linux.abi.VhostIoctl;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.GuestRegion;
import crosvm.vmm.virtio.queue.Vring;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The rings that one open vhost device node serves, and the ioctls that set them up, in the order the kernel wants them
 * (linux/vhost.h). The kernel reads and writes guest memory by the addresses of the process that made this, which must
 * live as long. Subclasses know how the rings are set running. Used by one thread at a time.
 */
abstract class VhostRings implements AutoCloseable {
    /** The boundary to the kernel: an ioctl on the node. */
    @FunctionalInterface
    interface Kernel {
        /** @throws crosvm.vmm.linux.ErrnoException naming the node and the ioctl */
        void call(Ioctl ioctl, NativeBuffer argument);
    }

    private final Fd node;
    private final Kernel kernel;
    private final EventFd[] kicks;
    private final boolean[] started;

    /** A kernel for rehearsals on a descriptor that knows none of these ioctls: offers all, does nothing. */
    static Kernel rehearsed(Fd nothing) {
        return (ioctl, argument) -> {
            try {
                nothing.ioctl(ioctl, argument);
            } catch (ErrnoException e) {
                if (ioctl.equals(VhostIoctl.GET_FEATURES)) {
                    argument.bytes().putLong(0, -1);
                }
            }
        };
    }

    /** @param node taken over, and from now on this process's */
    VhostRings(Fd node, Kernel kernel, int count) {
        this.node = node;
        this.kernel = kernel;
        this.kicks = new EventFd[count];
        this.started = new boolean[count];
        call(VhostIoctl.SET_OWNER, NativeBuffer.allocate(Long.BYTES));
    }

    /** All rings that are to run have been set up, {@code ring} last. */
    abstract void run(int ring);

    /** When this returns the kernel touches the ring no more. */
    abstract void halt(int ring);

    /** Feature bits beyond those of rings that mean something to the kernel as well. */
    abstract long ownFeatures();

    final int count() {
        return started.length;
    }

    final boolean isStarted(int ring) {
        return started[ring];
    }

    /** Has the kernel look at the ring: of kicks from before it ran it knows nothing. */
    final void kick(int ring) {
        kicks[ring].signal();
    }

    final void call(Ioctl ioctl, NativeBuffer argument) {
        kernel.call(ioctl, argument);
    }

    final void callWithInt(Ioctl ioctl, int value) {
        NativeBuffer argument = NativeBuffer.allocate(Integer.BYTES);
        argument.bytes().putInt(0, value);
        call(ioctl, argument);
    }

    final void callWithFile(Ioctl ioctl, int ring, int fd) {
        NativeBuffer argument = NativeBuffer.of(Vhost.FILE);
        Vhost.FILE_INDEX.set(argument.bytes(), ring);
        Vhost.FILE_FD.set(argument.bytes(), fd);
        call(ioctl, argument);
    }

    private long callWithState(Ioctl ioctl, int ring, long number) {
        NativeBuffer argument = NativeBuffer.of(Vhost.STATE);
        Vhost.STATE_INDEX.set(argument.bytes(), ring);
        Vhost.STATE_NUM.set(argument.bytes(), number);
        call(ioctl, argument);
        return Vhost.STATE_NUM.get(argument.bytes());
    }

    /** What the kernel's side can do. */
    final long features() {
        NativeBuffer argument = NativeBuffer.allocate(Long.BYTES);
        call(VhostIoctl.GET_FEATURES, argument);
        return argument.bytes().getLong(0);
    }

    final void acceptFeatures(long features) {
        NativeBuffer argument = NativeBuffer.allocate(Long.BYTES);
        argument.bytes().putLong(0, features);
        call(VhostIoctl.SET_FEATURES, argument);
    }

    final void setMemory(GuestMemory memory) {
        List<GuestRegion> regions = memory.regions();
        int regionSize = Vhost.REGION.size();
        NativeBuffer argument = NativeBuffer.allocate(Vhost.MEMORY.size() + regions.size() * regionSize);
        ByteBuffer b = argument.bytes();
        Vhost.MEMORY_NREGIONS.set(b, regions.size());
        int base = Vhost.MEMORY.size();
        for (GuestRegion region : regions) {
            Vhost.REGION_GUEST_PHYS_ADDR.set(b, base, 0, region.guestAddress());
            Vhost.REGION_MEMORY_SIZE.set(b, base, 0, region.size());
            Vhost.REGION_USERSPACE_ADDR.set(b, base, 0, region.hostAddress());
            base += regionSize;
        }
        call(VhostIoctl.SET_MEM_TABLE, argument);
    }

    final void start(int ring, Vring vring, RingAddresses addresses, EventFd kick, EventFd call, EventFd error) {
        callWithState(VhostIoctl.SET_VRING_NUM, ring, vring.size());
        callWithState(VhostIoctl.SET_VRING_BASE, ring, vring.lastAvailable());
        NativeBuffer argument = NativeBuffer.of(Vhost.ADDR);
        Vhost.ADDR_INDEX.set(argument.bytes(), ring);
        Vhost.ADDR_DESC.set(argument.bytes(), addresses.descriptors());
        Vhost.ADDR_USED.set(argument.bytes(), addresses.used());
        Vhost.ADDR_AVAIL.set(argument.bytes(), addresses.available());
        call(VhostIoctl.SET_VRING_ADDR, argument);
        setCall(ring, call);
        callWithFile(VhostIoctl.SET_VRING_ERR, ring, error.fd().number());
        callWithFile(VhostIoctl.SET_VRING_KICK, ring, kick.fd().number());
        kicks[ring] = kick;
        started[ring] = true;
        run(ring);
    }

    final void setCall(int ring, EventFd call) {
        callWithFile(VhostIoctl.SET_VRING_CALL, ring, call.fd().number());
    }

    /** @return the available index to go on from */
    final int stop(int ring) {
        halt(ring);
        started[ring] = false;
        int next = (int) callWithState(VhostIoctl.GET_VRING_BASE, ring, 0);
        // The kernel would keep the eventfds open, and be woken by a guest that kicks nevertheless.
        callWithFile(VhostIoctl.SET_VRING_KICK, ring, Vhost.VHOST_FILE_UNBIND);
        callWithFile(VhostIoctl.SET_VRING_CALL, ring, Vhost.VHOST_FILE_UNBIND);
        callWithFile(VhostIoctl.SET_VRING_ERR, ring, Vhost.VHOST_FILE_UNBIND);
        return next;
    }

    @Override
    public void close() {
        node.close();
    }
}
