package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.virtio.QueueContext.Cancel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A virtual file descriptor: what the guest has a number for and the host a file. Belongs to the device's worker. */
final class Vfd {
    /** What a vfd can be. */
    enum Kind {
        /** Shared memory which the guest sees. */
        MEMORY,
        /** A connection to the compositor. */
        SOCKET,
        /** A stream one way or both, without descriptors in it. */
        PIPE,
        /** Something the guest can only pass on and close: it keeps descriptors and messages in step. */
        OPAQUE
    }

    private final int id;
    private final Kind kind;
    private final @Nullable Fd local;
    private final @Nullable Fd sendable;
    private final boolean guestReads;
    private final boolean guestWrites;
    private final long address;
    private final long size;

    /** Messages of the guest which the other side has not taken yet, in order. */
    final ArrayDeque<PendingSend> stalled = new ArrayDeque<>();

    /** Whether the other side has gone, which the guest has been or will be told. */
    boolean ended;

    @Nullable Cancel watch;

    private int holds;
    private boolean given;
    private boolean closed;

    /** What {@link #watch} waits for. */
    int interest;

    private Vfd(
            int id,
            Kind kind,
            @Nullable Fd local,
            @Nullable Fd sendable,
            boolean guestReads,
            boolean guestWrites,
            long address,
            long size) {
        this.id = id;
        this.kind = kind;
        this.local = local;
        this.sendable = sendable;
        this.guestReads = guestReads;
        this.guestWrites = guestWrites;
        this.address = address;
        this.size = size;
    }

    static Vfd memory(int id, Fd file, long address, long size) {
        return new Vfd(id, Kind.MEMORY, null, file, false, false, address, size);
    }

    static Vfd socket(int id, Fd socket) {
        return new Vfd(id, Kind.SOCKET, socket, null, true, true, 0, 0);
    }

    /** @param remote the other end, to be sent once; for a stream that came from the host, the stream itself */
    static Vfd pipe(int id, Fd local, Fd remote, boolean guestReads, boolean guestWrites) {
        return new Vfd(id, Kind.PIPE, local, remote, guestReads, guestWrites, 0, 0);
    }

    static Vfd opaque(int id, Fd file) {
        return new Vfd(id, Kind.OPAQUE, null, file, false, false, 0, 0);
    }

    int id() {
        return id;
    }

    Kind kind() {
        return kind;
    }

    /** What is read from and written to for the guest; null for what is no stream. */
    @Nullable Fd local() {
        return local;
    }

    /** What goes along when the guest sends the vfd; null when it cannot be sent, or not again. */
    @Nullable Fd sendable() {
        return isOneWayOut() && (given || holds > 0) ? null : sendable;
    }

    private boolean isOneWayOut() {
        return kind == Kind.PIPE && sendable != local;
    }

    /** A message waits that takes {@link #sendable} along: it is kept until {@link #release}, whatever the guest does. */
    void hold() {
        holds++;
    }

    /** The opposite of {@link #hold}. */
    void release() {
        holds--;
        if (closed) {
            closeSendable();
        }
    }

    /** It was sent. The other end of a pipe is somebody else's now: ours goes, or the pipe would never end. */
    void sent() {
        if (isOneWayOut()) {
            given = true;
            closeSendable();
        }
    }

    private void closeSendable() {
        if (sendable != null && holds == 0) {
            sendable.close();
        }
    }

    boolean guestReads() {
        return guestReads;
    }

    boolean guestWrites() {
        return guestWrites;
    }

    /** The guest-physical address of {@link Kind#MEMORY}. */
    long address() {
        return address;
    }

    /** Bytes of {@link Kind#MEMORY}. */
    long size() {
        return size;
    }

    /** @param transitional whether F_TRANS_FLAGS was negotiated */
    int flags(boolean transitional) {
        if (transitional) {
            return (guestWrites ? WlProtocol.FLAG_WRITE : 0) | (guestReads ? WlProtocol.FLAG_READ : 0);
        }
        return switch (kind) {
            case MEMORY -> WlProtocol.FLAG_WRITE | WlProtocol.FLAG_MAP;
            case SOCKET -> WlProtocol.FLAG_CONTROL;
            case PIPE, OPAQUE -> 0;
        };
    }

    /** Closes the files, or leaves that to the last {@link #release}. Memory is unmapped by then. */
    void close() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
        if (local != null && local != sendable) {
            local.close();
        }
        closed = true;
        closeSendable();
    }
}
