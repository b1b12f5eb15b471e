package crosvm.vmm.device.blk;

import crosvm.vmm.linux.DirectIo;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.Mapping;

/**
 * An image that is open a second time, past the host's page cache. What the guest's memory is not aligned enough for goes
 * through a buffer, of which there is one for all, in pieces; whoever comes meanwhile waits. Any thread; allocates nothing once
 * made.
 */
final class DirectImage implements AutoCloseable {
    /** A multiple of all alignments that there are. */
    static final int BUFFER = 256 << 10;

    private final Fd file;
    private final DirectIo wants;
    private final Mapping buffer = Mapping.anonymous(BUFFER);
    private final IoVectors piece = new IoVectors(1);

    /** @param file taken over */
    DirectImage(Fd file, DirectIo wants) {
        this.file = file;
        this.wants = wants;
    }

    Fd file() {
        return file;
    }

    /** Whether the data can move straight between the file and the guest's memory. */
    boolean takes(IoVectors vectors, long position) {
        return wants.takes(vectors, position);
    }

    /** Whether they can by way of the buffer, at least. */
    boolean hasBlocks(IoVectors vectors, long position) {
        return wants.hasBlocks(vectors, position);
    }

    /** As {@link IoVectors#readAt}, of a part at most. */
    synchronized long read(IoVectors to, long position) {
        long count = Math.min(BUFFER, to.bytes());
        piece.clear();
        piece.add(buffer.address(), count);
        long got = piece.readAt(file, position);
        if (got > 0) {
            to.copyFrom(buffer.address(), got);
        }
        return got;
    }

    /** As {@link IoVectors#writeAt}, of a part at most. */
    synchronized long write(IoVectors from, long position) {
        long count = Math.min(BUFFER, from.bytes());
        from.copyTo(buffer.address(), count);
        piece.clear();
        piece.add(buffer.address(), count);
        return piece.writeAt(file, position);
    }

    @Override
    public void close() {
        file.close();
        buffer.close();
    }
}
