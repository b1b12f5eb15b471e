package crosvm.vmm.vhostuser;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A memory regions description: where guest memory is for the guest, for the front-end, and in the files sent along. */
public record MemoryTable(List<Region> regions) {
    public static final int MAX_REGIONS = 8;

    static final int MIN_SIZE = 8;
    private static final int REGION = 32;
    static final int MAX_SIZE = MIN_SIZE + MAX_REGIONS * REGION;

    /** Copies the list. */
    public MemoryTable {
        regions = List.copyOf(regions);
    }

    /**
     * @param guestAddress guest-physical address of the first byte
     * @param size bytes
     * @param userAddress where the front-end has mapped it
     * @param fileOffset where it starts in its file ("mmap offset")
     */
    public record Region(long guestAddress, long size, long userAddress, long fileOffset) {
        private boolean holdsUser(long address) {
            return Long.compareUnsigned(address - userAddress, size) < 0;
        }
    }

    /**
     * Takes a table apart.
     *
     * @throws VhostUserException when count and length disagree, or a region is empty, wraps, or overlaps another in the
     *     guest's or the front-end's address space
     */
    public static MemoryTable decode(ByteBuffer payload) {
        int count = payload.getInt(0);
        // Some front-ends send the whole array of 8 whatever the count.
        if (count < 0 || count > MAX_REGIONS || payload.capacity() < MIN_SIZE + count * REGION) {
            throw new VhostUserException("memory table of " + Integer.toUnsignedLong(count) + " regions in "
                    + payload.capacity() + " bytes");
        }
        List<Region> regions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = MIN_SIZE + i * REGION;
            Region region = new Region(
                    payload.getLong(at), payload.getLong(at + 8), payload.getLong(at + 16), payload.getLong(at + 24));
            check(region);
            for (Region other : regions) {
                if (overlap(region.guestAddress, region.size, other.guestAddress, other.size)
                        || overlap(region.userAddress, region.size, other.userAddress, other.size)) {
                    throw new VhostUserException("memory regions overlap: " + region + ", " + other);
                }
            }
            regions.add(region);
        }
        return new MemoryTable(regions);
    }

    private static void check(Region region) {
        boolean ends = region.size > 0
                && region.guestAddress >= 0
                && region.guestAddress <= Long.MAX_VALUE - region.size
                && region.userAddress >= 0
                && region.userAddress <= Long.MAX_VALUE - region.size
                && region.fileOffset >= 0
                && region.fileOffset <= Long.MAX_VALUE - region.size;
        if (!ends) {
            throw new VhostUserException("impossible memory region: " + region);
        }
    }

    private static boolean overlap(long a, long aSize, long b, long bSize) {
        return a < b + bSize && b < a + aSize;
    }

    public ByteBuffer encode() {
        ByteBuffer payload = Message.payload(MIN_SIZE + regions.size() * REGION).putInt(0, regions.size());
        for (int i = 0; i < regions.size(); i++) {
            Region region = regions.get(i);
            int at = MIN_SIZE + i * REGION;
            payload.putLong(at, region.guestAddress)
                    .putLong(at + 8, region.size)
                    .putLong(at + 16, region.userAddress)
                    .putLong(at + 24, region.fileOffset);
        }
        return payload;
    }

    /**
     * The guest-physical address of one of the front-end's addresses.
     *
     * @throws VhostUserException when it is not there
     */
    public long toGuest(long userAddress) {
        for (Region region : regions) {
            if (region.holdsUser(userAddress)) {
                return region.guestAddress + (userAddress - region.userAddress);
            }
        }
        throw new VhostUserException("address 0x" + Long.toHexString(userAddress) + " is in no memory region");
    }
}
