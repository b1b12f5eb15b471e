package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.HostRandom;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.VhostIoctl;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.List;

/**
 * The receive and the transmit queue of virtio-vsock, served by vhost-vsock: both run or none. The event queue is the
 * device's own.
 */
public final class VhostVsock extends VhostRings {
    private static final long F_SEQPACKET = 1L << 1;
    private static final int RINGS = 2;

    /** Above what people write into specs by hand, and within 31 bits, which every program prints right. */
    private static final long FIRST_CHOSEN = 0x1_0000;

    private static final long LAST_CHOSEN = 0x7fff_fffe;
    private static final int MAX_CHOICES = 16;

    private boolean running;

    VhostVsock(Fd node, Kernel kernel) {
        super(node, kernel, RINGS);
    }

    /**
     * Opens /dev/vhost-vsock and takes the context id, which is free again once the descriptor is closed. The rings may be
     * set up by another process that is handed the descriptor.
     *
     * @param cid 3 or more
     * @throws ErrnoException saying what to do about it: no vhost-vsock, or the id belongs to another machine
     */
    public static Fd open(long cid) {
        Fd node = VhostNode.VSOCK.open();
        try {
            claim(node::ioctl, cid);
            return node;
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /**
     * A context id that no machine has now. It is a random one, so that machines started at the same time choose different ones.
     *
     * @throws ErrnoException as {@link #open}
     */
    public static long freeCid() {
        try (Fd node = VhostNode.VSOCK.open()) {
            return freeCid(node::ioctl);
        }
    }

    static long freeCid(Kernel kernel) {
        for (int i = 1; ; i++) {
            long cid = FIRST_CHOSEN + Math.floorMod(HostRandom.nextLong(), LAST_CHOSEN - FIRST_CHOSEN + 1);
            try {
                claim(kernel, cid);
                return cid;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EADDRINUSE || i == MAX_CHOICES) {
                    throw e;
                }
            }
        }
    }

    static void claim(Kernel kernel, long cid) {
        NativeBuffer argument = NativeBuffer.allocate(Long.BYTES);
        argument.bytes().putLong(0, cid);
        try {
            kernel.call(VhostIoctl.VSOCK_SET_GUEST_CID, argument);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EADDRINUSE) {
                throw new ErrnoException(
                        "vsock.cid: " + cid + " belongs to another running machine",
                        e.code(),
                        "Use another cid for this one, or stop the other");
            }
            throw e;
        }
    }

    /**
     * @param device what the kernel does not do: configuration space, event queue; closed with the result
     * @param node from {@link #open}; taken over
     * @param loop on which the kernel's complaints are seen
     */
    public static VhostKernelBackend backend(VirtioBackend device, Fd node, EventLoop loop) {
        return VhostKernelBackend.of(device, loop, List.of(node), i -> new VhostVsock(node, node::ioctl));
    }

    /** The same without a kernel behind it, for a process that has to load all code before it closes its jail's door. */
    public static VhostKernelBackend rehearsal(VirtioBackend device, EventLoop loop) {
        Fd nothing = EventFd.create("warm vhost").fd();
        return VhostKernelBackend.of(device, loop, List.of(nothing), i -> new VhostVsock(nothing, rehearsed(nothing)));
    }

    @Override
    long ownFeatures() {
        return F_SEQPACKET;
    }

    @Override
    void run(int ring) {
        if (!running && isStarted(0) && isStarted(1)) {
            callWithInt(VhostIoctl.VSOCK_SET_RUNNING, 1);
            running = true;
            kick(0);
            kick(1);
        }
    }

    @Override
    void halt(int ring) {
        if (running) {
            callWithInt(VhostIoctl.VSOCK_SET_RUNNING, 0);
            running = false;
        }
    }
}
