package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.virtio.DeviceLog;
import java.lang.ref.Reference;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All vfds of a guest, and how they come to be. Belongs to the device's worker; {@link #clear()} when that has stopped. */
final class Vfds {
    /** The most vfds a guest may have at once. */
    static final int MAX_VFDS = 1024;

    /** The largest file that is copied because its owner could truncate it under the guest, in bytes. */
    private static final long MAX_COPIED_BYTES = 16 << 20;

    private static final int CHUNK_BYTES = 64 << 10;

    private final WlHost host;
    private final DeviceLog log;
    private final Map<Integer, Vfd> vfds = new HashMap<>();
    private int nextHostId = WlProtocol.FIRST_HOST_ID;

    Vfds(WlHost host, DeviceLog log) {
        this.host = host;
        this.log = log;
    }

    @Nullable Vfd get(int id) {
        return vfds.get(id);
    }

    Collection<Vfd> all() {
        return vfds.values();
    }

    /** {@link WlProtocol#RESP_OK} when the guest may make a vfd with this id, else the answer. */
    int verdictOnNew(int id) {
        if (vfds.containsKey(id)) {
            return WlProtocol.RESP_INVALID_ID;
        }
        if (vfds.size() < MAX_VFDS) {
            return WlProtocol.RESP_OK;
        }
        log.report("the guest has " + MAX_VFDS + " connections, pipes and buffers already");
        return WlProtocol.RESP_OUT_OF_MEMORY;
    }

    /** Logs what the host refuses, unless the main process has: one line for one refusal. */
    void report(String what, ErrnoException e) {
        if (!(e instanceof ChannelRefusal)) {
            log.report(what + e.getMessage());
        }
    }

    /**
     * Fresh memory for the guest and the host.
     *
     * @throws ErrnoException when there is none, or the quota is used up
     */
    Vfd allocate(int id, long size) {
        WlHost.Memory memory = host.allocate(size);
        return add(Vfd.memory(id, memory.file(), memory.address(), size));
    }

    /**
     * A connection to the compositor.
     *
     * @throws ErrnoException naming its socket
     */
    Vfd connect(int id) {
        return add(Vfd.socket(id, host.connect()));
    }

    /**
     * A pipe with one end for the guest and one to be sent.
     *
     * @throws ErrnoException when there is none to be had
     */
    Vfd pipe(int id, boolean guestReads) {
        Pipe pipe = Pipe.create("wl");
        Fd local = guestReads ? pipe.reader() : pipe.writer();
        try {
            local.setNonBlocking();
        } catch (RuntimeException e) {
            pipe.close();
            throw e;
        }
        return add(Vfd.pipe(id, local, guestReads ? pipe.writer() : pipe.reader(), guestReads, !guestReads));
    }

    /** Whether {@code count} more descriptors of the host can become vfds. */
    boolean hasRoomFor(int count) {
        return vfds.size() + count <= MAX_VFDS;
    }

    /** Makes a vfd of a descriptor that came from the host, which is this vfd's from now on. */
    Vfd adopt(Fd fd) {
        int id = nextHostId;
        while (vfds.containsKey(id)) {
            id = following(id);
        }
        nextHostId = following(id);
        try {
            return add(adopt(id, fd));
        } catch (ErrnoException e) {
            report("a file of the compositor cannot be shown to the guest: ", e);
            return add(Vfd.opaque(id, fd));
        }
    }

    private static int following(int id) {
        return id == Integer.MAX_VALUE ? WlProtocol.FIRST_HOST_ID : id + 1;
    }

    private Vfd adopt(int id, Fd fd) {
        return switch (FileType.of(fd)) {
            case REGULAR -> shown(id, fd);
            case PIPE, SOCKET -> {
                fd.setNonBlocking();
                int mode = fd.accessMode();
                yield Vfd.pipe(id, fd, fd, mode != Fd.O_WRONLY, mode != Fd.O_RDONLY);
            }
            default -> Vfd.opaque(id, fd);
        };
    }

    /**
     * A file that its owner can truncate would take pages away from under the guest, so the guest sees a copy of such a file.
     * Those that compositors send (keymaps, format tables) do not change once they have been sent.
     */
    private Vfd shown(int id, Fd file) {
        long bytes = FileType.sizeOf(file);
        long size = bytes + WlProtocol.PAGE - 1 & -WlProtocol.PAGE;
        if (Memfd.isSealedAgainstShrinking(file)) {
            return Vfd.memory(id, file, host.map(file, size), size);
        }
        if (bytes == 0 || bytes > MAX_COPIED_BYTES) {
            throw new ErrnoException(file.name() + ": copy of " + bytes + " bytes", Errno.EFBIG.code());
        }
        WlHost.Memory copy = host.allocate(size);
        try {
            copy(file, copy.file(), bytes);
        } catch (RuntimeException e) {
            host.unmap(copy.address());
            copy.file().close();
            throw e;
        }
        file.close();
        return Vfd.memory(id, copy.file(), copy.address(), size);
    }

    private static void copy(Fd from, Fd to, long bytes) {
        NativeBuffer piece = NativeBuffer.allocate(CHUNK_BYTES);
        IoVectors vectors = new IoVectors(1);
        for (long at = 0; at < bytes; ) {
            vectors.clear();
            vectors.add(piece.address(), Math.min(CHUNK_BYTES, bytes - at));
            long got = ErrnoException.checkResult(vectors.readAt(from, at), from.name() + ": read");
            if (got == 0) {
                break; // It has become shorter meanwhile.
            }
            vectors.clear();
            vectors.add(piece.address(), got);
            at += ErrnoException.checkResult(vectors.writeAt(to, at), to.name() + ": write");
        }
        Reference.reachabilityFence(piece);
    }

    private Vfd add(Vfd vfd) {
        vfds.put(vfd.id(), vfd);
        return vfd;
    }

    /** Takes a vfd out and gives back all it has of the host. */
    void close(Vfd vfd) {
        vfds.remove(vfd.id());
        if (vfd.kind() == Vfd.Kind.MEMORY) {
            try {
                host.unmap(vfd.address());
            } catch (ErrnoException e) {
                report("", e);
            }
        }
        vfd.close();
    }

    /** Closes all. */
    void clear() {
        for (Vfd vfd : List.copyOf(vfds.values())) {
            close(vfd);
        }
        nextHostId = WlProtocol.FIRST_HOST_ID;
    }
}
