package crosvm.vmm.device.blk;

import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;

/**
 * One request as the driver wrote it, parsed and checked without touching the disk (virtio 1.2 §5.2.6): a 16-byte header,
 * data, and a status byte that is the last the device may write. Reused for every request of a queue; belongs to its
 * worker.
 */
final class BlkRequest {
    static final int IN = 0;
    static final int OUT = 1;
    static final int FLUSH = 4;
    static final int GET_ID = 8;
    static final int DISCARD = 11;
    static final int WRITE_ZEROES = 13;

    static final int OK = 0;
    static final int IOERR = 1;
    static final int UNSUPPORTED = 2;

    static final int HEADER = 16;
    static final int SEGMENT = 16;
    static final int MAX_SEGMENTS = 32;
    static final int MAX_DISCARD_SECTORS = 1 << 21;
    static final int MAX_ZERO_SECTORS = 1 << 16;
    private static final int UNMAP = 1;

    private final long[] segmentOffsets = new long[MAX_SEGMENTS];
    private final long[] segmentLengths = new long[MAX_SEGMENTS];
    private final boolean[] segmentUnmaps = new boolean[MAX_SEGMENTS];
    private int type;
    private int verdict;
    private long offset;
    private long length;
    private int segments;

    /**
     * @param sectors the disk's size
     * @throws QueueBroken when there is no header or no place for a status
     */
    void parse(DescriptorChain chain, long sectors, boolean readOnly) throws QueueBroken {
        if (chain.readableBytes() < HEADER || chain.writableBytes() < 1) {
            throw new QueueBroken("a request of " + chain.readableBytes() + " readable and " + chain.writableBytes()
                    + " writable bytes has no header or no status");
        }
        type = (int) chain.getReadable(0, 4);
        long sector = chain.getReadable(8, 8);
        offset = 0;
        length = 0;
        segments = 0;
        verdict = switch (type) {
            case IN -> range(sector, chain.writableBytes() - 1, sectors);
            case OUT -> readOnly ? IOERR : range(sector, chain.readableBytes() - HEADER, sectors);
            case FLUSH, GET_ID -> OK;
            case DISCARD -> readOnly ? IOERR : segments(chain, sectors, MAX_DISCARD_SECTORS, 0);
            case WRITE_ZEROES -> readOnly ? IOERR : segments(chain, sectors, MAX_ZERO_SECTORS, UNMAP);
            default -> UNSUPPORTED;
        };
    }

    private int range(long sector, long bytes, long sectors) {
        if (bytes % BlockFile.SECTOR != 0 || !inside(sector, bytes / BlockFile.SECTOR, sectors)) {
            return IOERR;
        }
        offset = sector * BlockFile.SECTOR;
        length = bytes;
        return OK;
    }

    private static boolean inside(long sector, long count, long sectors) {
        return sector >= 0 && count <= sectors && sector <= sectors - count;
    }

    private int segments(DescriptorChain chain, long sectors, long maxSectors, int knownFlags) throws QueueBroken {
        long bytes = chain.readableBytes() - HEADER;
        if (bytes == 0 || bytes % SEGMENT != 0 || bytes / SEGMENT > MAX_SEGMENTS) {
            return IOERR;
        }
        int count = (int) (bytes / SEGMENT);
        for (int i = 0; i < count; i++) {
            long at = HEADER + (long) i * SEGMENT;
            long sector = chain.getReadable(at, 8);
            long number = chain.getReadable(at + 8, 4) & 0xffff_ffffL;
            int flags = (int) chain.getReadable(at + 12, 4);
            if ((flags & ~knownFlags) != 0) {
                return UNSUPPORTED;
            }
            if (number > maxSectors || !inside(sector, number, sectors)) {
                return IOERR;
            }
            segmentOffsets[i] = sector * BlockFile.SECTOR;
            segmentLengths[i] = number * BlockFile.SECTOR;
            segmentUnmaps[i] = (flags & UNMAP) != 0;
        }
        segments = count;
        return OK;
    }

    int type() {
        return type;
    }

    /** {@link #OK} when the request can be executed, otherwise the status it ends with. */
    int verdict() {
        return verdict;
    }

    /** Where on the disk an IN or OUT starts, in bytes. */
    long offset() {
        return offset;
    }

    /** Bytes of data of an IN or OUT. */
    long length() {
        return length;
    }

    /** Ranges of a DISCARD or WRITE_ZEROES. */
    int segments() {
        return segments;
    }

    long segmentOffset(int i) {
        return segmentOffsets[i];
    }

    /** Bytes, 0 or more. */
    long segmentLength(int i) {
        return segmentLengths[i];
    }

    /** Whether a WRITE_ZEROES may give the space back. */
    boolean segmentUnmaps(int i) {
        return segmentUnmaps[i];
    }
}
