package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.memory.FreeRanges;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A host without a virtual machine: connections lead to the test, mappings are noted down. */
final class FakeHost implements WlHost {
    static final long START = 0x1_0000_0000L;
    static final long SIZE = 64 << 20;

    private final FreeRanges addresses = new FreeRanges(START, SIZE);
    private final BlockingQueue<UnixSocket> connections = new LinkedBlockingQueue<>();

    /** Sizes by address. */
    final Map<Long, Long> mapped = new ConcurrentHashMap<>();

    volatile boolean compositorIsGone;
    volatile boolean closed;

    @Override
    public Fd connect() {
        if (compositorIsGone) {
            throw new ErrnoException("/run/user/1000/wayland-0: connect", Errno.ECONNREFUSED.code());
        }
        List<UnixSocket> pair = UnixSocket.pair("compositor");
        connections.add(pair.get(0));
        return pair.get(1).fd();
    }

    /** The compositor's end of the next connection. */
    UnixSocket accept() throws InterruptedException {
        UnixSocket connection = connections.poll(60, TimeUnit.SECONDS);
        if (connection == null) {
            throw new AssertionError("no connection within 10 s");
        }
        return connection;
    }

    /** The next connection, if there is one. */
    UnixSocket poll() {
        return connections.poll();
    }

    @Override
    public Memory allocate(long size) {
        Fd file = Memfd.sealed("fake", Math.min(size, 2 * SIZE));
        try {
            return new Memory(file, map(file, size));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public long map(Fd file, long size) {
        if (!Memfd.isSealedAgainstShrinking(file)
                || size <= 0
                || size % 4096 != 0
                || FileType.sizeOf(file) + 4095 < size) {
            throw new ErrnoException("map " + size, Errno.EINVAL.code());
        }
        long address = addresses.take(size);
        if (address < 0) {
            throw new ErrnoException("map " + size, Errno.ENOSPC.code());
        }
        mapped.put(address, size);
        return address;
    }

    @Override
    public void unmap(long guestAddress) {
        Long size = mapped.remove(guestAddress);
        if (size == null) {
            throw new ErrnoException("unmap", Errno.EINVAL.code());
        }
        addresses.give(guestAddress, size);
    }

    @Override
    public void close() {
        closed = true;
    }
}
