package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Ioctl;
import crosvm.vmm.linux.abi.Vhost;
import crosvm.vmm.memory.GuestRange;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.Vring;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's side of vhost, for tests: keeps what it is told as Linux does (drivers/vhost/vhost.c), writes it down, refuses
 * what Linux refuses, and, given a back-end, has that serve the rings. It knows addresses by its memory table only.
 */
final class FakeVhost implements VhostRings.Kernel {
    final List<String> calls = new ArrayList<>();
    long features = -1;
    /** An ioctl to fail at, by name, with {@link #errno}. */
    @Nullable String failAt;

    Errno errno = Errno.EFAULT;
    /** How often it fails there. */
    int failures = Integer.MAX_VALUE;

    final Ring[] rings = {new Ring(), new Ring()};
    private final @Nullable VirtioBackend server;
    private final List<GuestRange> regions = new ArrayList<>();
    private boolean owned;

    /** @param server serves a ring as soon as it has a tap; null for nobody */
    FakeVhost(@Nullable VirtioBackend server) {
        this.server = server;
    }

    /** One ring as it has been set up. */
    static final class Ring {
        int size;
        int base;
        long descriptors;
        long available;
        long used;
        int kick = -1;
        int call = -1;
        int error = -1;
        boolean backed;
        private @Nullable EventFd servedKick;
        private @Nullable EventFd servedCall;
    }

    @Override
    public void call(Ioctl ioctl, NativeBuffer argument) {
        String name = ioctl.name().substring("VHOST_".length());
        if (name.equals(failAt) && failures-- > 0) {
            throw new ErrnoException("fake vhost: " + ioctl.name(), errno.code());
        }
        calls.add(name + carryOut(name, argument.bytes()));
    }

    private String carryOut(String name, ByteBuffer b) {
        boolean free = name.endsWith("FEATURES") || name.equals("VSOCK_SET_GUEST_CID");
        require(free || owned != name.equals("SET_OWNER"), name + " and the owner");
        return switch (name) {
            case "GET_FEATURES" -> {
                b.putLong(0, features);
                yield "";
            }
            case "SET_FEATURES" -> {
                require((b.getLong(0) & ~features) == 0, "features that were not offered");
                yield " 0x" + Long.toHexString(b.getLong(0));
            }
            case "SET_OWNER" -> {
                owned = true;
                yield "";
            }
            case "SET_MEM_TABLE" -> setMemory(b);
            case "SET_VRING_NUM", "SET_VRING_BASE", "GET_VRING_BASE" -> state(name, b);
            case "SET_VRING_ADDR" -> address(b);
            case "VSOCK_SET_GUEST_CID" -> " " + b.getLong(0);
            case "VSOCK_SET_RUNNING" -> {
                for (Ring ring : rings) {
                    ring.backed = b.getInt(0) != 0;
                }
                yield " " + b.getInt(0);
            }
            default -> file(name, b);
        };
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("Linux refuses " + what);
        }
    }

    private String setMemory(ByteBuffer b) {
        regions.clear();
        int base = Vhost.MEMORY.size();
        for (int i = 0; i < Vhost.MEMORY_NREGIONS.get(b); i++) {
            require(Vhost.REGION_FLAGS_PADDING.get(b, base, 0) == 0, "flags of a region");
            regions.add(new GuestRange(
                    Vhost.REGION_GUEST_PHYS_ADDR.get(b, base, 0), Vhost.REGION_USERSPACE_ADDR.get(b, base, 0), (int)
                            Vhost.REGION_MEMORY_SIZE.get(b, base, 0)));
            base += Vhost.REGION.size();
        }
        return " " + regions.size();
    }

    private String state(String name, ByteBuffer b) {
        int index = (int) Vhost.STATE_INDEX.get(b);
        Ring ring = rings[index];
        switch (name) {
            case "SET_VRING_NUM" -> {
                require(!ring.backed, "a size while the ring has a backend");
                ring.size = (int) Vhost.STATE_NUM.get(b);
            }
            case "SET_VRING_BASE" -> {
                require(!ring.backed, "a base while the ring has a backend");
                ring.base = (int) Vhost.STATE_NUM.get(b);
            }
            default -> Vhost.STATE_NUM.set(b, ring.base);
        }
        return " " + index + " " + Vhost.STATE_NUM.get(b);
    }

    private String address(ByteBuffer b) {
        int index = (int) Vhost.ADDR_INDEX.get(b);
        require(Vhost.ADDR_FLAGS.get(b) == 0, "flags of a ring");
        rings[index].descriptors = Vhost.ADDR_DESC.get(b);
        rings[index].available = Vhost.ADDR_AVAIL.get(b);
        rings[index].used = Vhost.ADDR_USED.get(b);
        return " " + index;
    }

    private String file(String name, ByteBuffer b) {
        int index = (int) Vhost.FILE_INDEX.get(b);
        int fd = (int) Vhost.FILE_FD.get(b);
        Ring ring = rings[index];
        switch (name) {
            case "SET_VRING_KICK" -> ring.kick = fd;
            case "SET_VRING_CALL" -> ring.call = fd;
            case "SET_VRING_ERR" -> ring.error = fd;
            case "NET_SET_BACKEND" -> {
                ring.backed = fd >= 0;
                if (server != null) {
                    serve(server, index, ring);
                }
            }
            default -> throw new AssertionError("Linux has no ioctl VHOST_" + name);
        }
        return " " + index + (fd < 0 ? " none" : "");
    }

    private void serve(VirtioBackend by, int index, Ring ring) {
        if (ring.backed) {
            ring.servedKick = EventFd.owning(Fd.owning(ring.kick, "kick").duplicate());
            ring.servedCall = EventFd.owning(Fd.owning(ring.call, "call").duplicate());
            Vring vring =
                    new Vring(ring.size, guest(ring.descriptors), guest(ring.available), guest(ring.used), ring.base);
            by.startQueue(index, vring, ring.servedKick, ring.servedCall);
        } else if (ring.servedKick != null) {
            ring.base = by.stopQueue(index);
            ring.servedKick.close();
            ring.servedCall.close();
            ring.servedKick = null;
        }
    }

    /** The guest-physical address behind an address of this process. */
    long guest(long address) {
        for (GuestRange region : regions) {
            if (address >= region.hostAddress() && address < region.hostAddress() + region.length()) {
                return region.guestAddress() + (address - region.hostAddress());
            }
        }
        throw new AssertionError("no memory at 0x" + Long.toHexString(address));
    }
}
