package crosvm.vmm.memory;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.Memfd;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The guest's physical memory as this process sees it: at most {@value #MAX_REGIONS} regions, all little-endian, every
 * access checked against them. Plain accesses carry no order between threads; the acquire and release forms do, and
 * need natural alignment. Any thread may use it until {@link #close()}, which the owner calls after every user has
 * stopped; accesses after that throw {@link GuestAddressException} as if the guest had no memory.
 */
public final class GuestMemory implements AutoCloseable {
    /** vhost-user's and vhost's common limit on memory regions. */
    public static final int MAX_REGIONS = 8;

    private static final long HUGE_PAGE = 2 << 20;
    private static final VarHandle U16 = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private volatile GuestRegion[] regions;
    private final List<AutoCloseable> owned;

    private GuestMemory(List<GuestRegion> regions, List<AutoCloseable> owned) {
        this.regions = regions.toArray(GuestRegion[]::new);
        this.owned = owned;
    }

    /** Where a region of {@link #map} comes from: {@code size} bytes of {@code file} at {@code fileOffset}. */
    public record Source(long guestAddress, long size, Fd file, long fileOffset) {}

    /**
     * Fresh zeroed memory in one sealed memfd, laid out as {@link MemoryLayout} says: up to the PCI hole, the rest from
     * 4 GiB. Pages are taken from the host when first touched.
     *
     * @param bytes a positive multiple of 4096
     * @throws crosvm.vmm.linux.ErrnoException when the host has no address space or memfd for it
     */
    public static GuestMemory allocate(long bytes) {
        Fd memfd = Memfd.sealed("crosvm-guest-memory", bytes);
        try {
            // No stream: it would be the first in a device process, and Java 17 starts all that links lambdas for its
            // own.
            List<Source> sources = new ArrayList<>();
            for (MemoryLayout.Ram region : MemoryLayout.ramRegions(bytes)) {
                sources.add(new Source(region.guestAddress(), region.size(), memfd, region.offset()));
            }
            GuestMemory memory = map(sources);
            memory.owned.add(memfd);
            return memory;
        } catch (RuntimeException e) {
            memfd.close();
            throw e;
        }
    }

    /**
     * Maps memory that somebody else allocated. The sources' descriptors stay the caller's.
     *
     * @throws IllegalArgumentException for more than {@value #MAX_REGIONS} regions, overlapping ones, and guest
     *     addresses that are no multiples of 4096
     */
    public static GuestMemory map(List<Source> sources) {
        requireDisjoint(sources);
        List<GuestRegion> regions = new ArrayList<>();
        List<AutoCloseable> owned = new ArrayList<>();
        GuestMemory memory = null;
        try {
            for (Source source : sources) {
                Mapping mapping = Mapping.sharedAligned(source.file, source.fileOffset, source.size, HUGE_PAGE);
                owned.add(mapping);
                regions.add(new GuestRegion(source.guestAddress, mapping, source.file, source.fileOffset));
            }
            memory = new GuestMemory(regions, owned);
            return memory;
        } finally {
            if (memory == null) {
                closeAll(owned);
            }
        }
    }

    private static void requireDisjoint(List<Source> sources) {
        if (sources.size() > MAX_REGIONS) {
            throw new IllegalArgumentException(sources.size() + " memory regions; at most " + MAX_REGIONS);
        }
        for (int i = 0; i < sources.size(); i++) {
            Source a = sources.get(i);
            if (a.guestAddress < 0 || a.size <= 0 || a.guestAddress > Long.MAX_VALUE - a.size) {
                throw new IllegalArgumentException("memory region of " + a.size + " bytes at " + a.guestAddress);
            }
            if (a.guestAddress % MemoryLayout.PAGE != 0) { // Or what the guest aligned would not be aligned here.
                throw new IllegalArgumentException("memory region " + a + " does not start on a page");
            }
            for (Source b : sources.subList(0, i)) {
                if (a.guestAddress < b.guestAddress + b.size && b.guestAddress < a.guestAddress + a.size) {
                    throw new IllegalArgumentException("memory regions overlap: " + a + " and " + b);
                }
            }
        }
    }

    public List<GuestRegion> regions() {
        return List.of(regions);
    }

    /** Bytes in all regions. */
    public long size() {
        long sum = 0;
        for (GuestRegion region : regions) {
            sum += region.size;
        }
        return sum;
    }

    /** Whether all of the range lies in one region. Any values are allowed; overflow counts as outside. */
    public boolean contains(long address, long length) {
        for (GuestRegion region : regions) {
            if (region.contains(address, length)) {
                return true;
            }
        }
        return false;
    }

    /** @throws GuestAddressException when not all of it lies in one region */
    public GuestRange range(long address, int length) {
        GuestRegion region = region(address, length);
        return new GuestRange(address, region.hostAddress + (address - region.start), length);
    }

    /**
     * The host address of a checked range, for hot paths that keep no object.
     *
     * @throws GuestAddressException when not all of it lies in one region
     */
    public long hostAddress(long address, long length) {
        GuestRegion region = region(address, length);
        return region.hostAddress + (address - region.start);
    }

    public int u8(long address) {
        GuestRegion region = region(address, 1);
        return Byte.toUnsignedInt(chunk(region, address).get(index(region, address)));
    }

    /** Plain and, like the 32- and 64-bit forms, of any alignment. */
    public int u16(long address) {
        GuestRegion region = region(address, 2);
        int at = index(region, address);
        ByteBuffer chunk = chunk(region, address);
        return at + 2 <= chunk.capacity() ? Short.toUnsignedInt(chunk.getShort(at)) : (int) bytewise(address, 2);
    }

    public int u32(long address) {
        GuestRegion region = region(address, 4);
        int at = index(region, address);
        ByteBuffer chunk = chunk(region, address);
        return at + 4 <= chunk.capacity() ? chunk.getInt(at) : (int) bytewise(address, 4);
    }

    public long u64(long address) {
        GuestRegion region = region(address, 8);
        int at = index(region, address);
        ByteBuffer chunk = chunk(region, address);
        return at + 8 <= chunk.capacity() ? chunk.getLong(at) : bytewise(address, 8);
    }

    public void putU8(long address, int value) {
        GuestRegion region = region(address, 1);
        chunk(region, address).put(index(region, address), (byte) value);
    }

    public void putU16(long address, int value) {
        put(address, value, 2);
    }

    public void putU32(long address, int value) {
        put(address, value, 4);
    }

    public void putU64(long address, long value) {
        put(address, value, 8);
    }

    private void put(long address, long value, int size) {
        GuestRegion region = region(address, size);
        int at = index(region, address);
        ByteBuffer chunk = chunk(region, address);
        if (at + size > chunk.capacity()) {
            for (int i = 0; i < size; i++) {
                putU8(address + i, (int) (value >>> 8 * i));
            }
        } else if (size == 2) {
            chunk.putShort(at, (short) value);
        } else if (size == 4) {
            chunk.putInt(at, (int) value);
        } else {
            chunk.putLong(at, value);
        }
    }

    /**
     * Load-acquire of an aligned 16-bit word, such as {@code avail.idx}.
     *
     * @throws GuestAddressException when it does not lie in one region, or is not aligned
     */
    public int u16Acquire(long address) {
        GuestRegion region = aligned(address, 2);
        return Short.toUnsignedInt((short) U16.getAcquire(chunk(region, address), index(region, address)));
    }

    /**
     * Store-release of an aligned 16-bit word, such as {@code used.idx}.
     *
     * @throws GuestAddressException when it does not lie in one region, or is not aligned
     */
    public void putU16Release(long address, int value) {
        GuestRegion region = aligned(address, 2);
        U16.setRelease(chunk(region, address), index(region, address), (short) value);
    }

    /**
     * Copies guest memory out.
     *
     * @throws GuestAddressException when not all of it lies in one region
     */
    public void read(long address, byte[] to, int offset, int length) {
        GuestRegion region = region(address, length);
        for (int done = 0; done < length; ) {
            ByteBuffer chunk = chunk(region, address + done);
            int at = index(region, address + done);
            int part = Math.min(length - done, chunk.capacity() - at);
            chunk.get(at, to, offset + done, part);
            done += part;
        }
    }

    /**
     * Copies into guest memory.
     *
     * @throws GuestAddressException when not all of it lies in one region
     */
    public void write(long address, byte[] from, int offset, int length) {
        GuestRegion region = region(address, length);
        for (int done = 0; done < length; ) {
            ByteBuffer chunk = chunk(region, address + done);
            int at = index(region, address + done);
            int part = Math.min(length - done, chunk.capacity() - at);
            chunk.put(at, from, offset + done, part);
            done += part;
        }
    }

    /**
     * Fills guest memory from a file, in pieces of up to 1 GiB that go from the page cache straight into guest pages.
     *
     * @param position in the file, in bytes
     * @return the bytes read: {@code length}, or fewer where the file ends
     * @throws GuestAddressException when not all of it lies in one region
     */
    public long fill(long address, long length, FileChannel file, long position) throws IOException {
        GuestRegion region = region(address, length);
        long done = 0;
        while (done < length) {
            ByteBuffer chunk = chunk(region, address + done);
            int at = index(region, address + done);
            int part = (int) Math.min(length - done, chunk.capacity() - at);
            int read = file.read(chunk.slice(at, part), position + done);
            if (read < 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    /**
     * Gives pages back to the host: they read as zeros until they are written again, for everybody who has the memory
     * mapped. Costs a system call.
     *
     * @param address a multiple of 4096, like {@code length}
     * @return 0 or the negative errno
     * @throws GuestAddressException when not all of it lies in one region
     */
    public int discard(long address, long length) {
        GuestRegion region = region(address, length);
        return FileSpace.punchHole(region.file(), region.fileOffset() + (address - region.start), length);
    }

    private long bytewise(long address, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) u8(address + i) << 8 * i;
        }
        return value;
    }

    private GuestRegion region(long address, long length) {
        for (GuestRegion region : regions) {
            if (region.contains(address, length)) {
                return region;
            }
        }
        throw new GuestAddressException(address, length, "not in guest memory");
    }

    private GuestRegion aligned(long address, int size) {
        if ((address & (size - 1)) != 0) {
            throw new GuestAddressException(address, size, "not aligned");
        }
        return region(address, size);
    }

    private static ByteBuffer chunk(GuestRegion region, long address) {
        return region.chunks[(int) (address - region.start >>> GuestRegion.CHUNK_SHIFT)];
    }

    private static int index(GuestRegion region, long address) {
        return (int) (address - region.start) & GuestRegion.CHUNK_MASK;
    }

    @Override
    public void close() {
        regions = new GuestRegion[0];
        closeAll(owned);
        owned.clear();
    }

    private static void closeAll(List<AutoCloseable> owned) {
        for (AutoCloseable resource : owned) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
