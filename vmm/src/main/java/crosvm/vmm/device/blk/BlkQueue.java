package crosvm.vmm.device.blk;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/**
 * Executes one queue's requests on the disk, each to its end before the next. Data moves straight between the file and
 * the guest's pages. Belongs to the queue's worker; allocates nothing per request.
 */
final class BlkQueue {
    private static final int ZEROES = 64 << 10;

    private final BlockFile disk;
    private final Fd file;
    private final byte[] id;
    private final DeviceLog log;
    private final Runnable onLoss;
    private final BlkRequest request = new BlkRequest();
    private final IoVectors vectors = new IoVectors(IoVectors.MAX);
    private final NativeBuffer zeroes = NativeBuffer.allocate(ZEROES);

    /**
     * @param id what GET_ID answers, exactly as long as the specification wants it
     * @param onLoss told once when data have been lost
     */
    BlkQueue(BlockFile disk, byte[] id, DeviceLog log, Runnable onLoss) {
        this.disk = disk;
        this.file = disk.file();
        this.id = id;
        this.log = log;
        this.onLoss = onLoss;
    }

    /** @param writeThrough whether writes must be on stable storage when they complete */
    void handle(SplitQueue ring, boolean writeThrough) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (ring.pop()) {
            request.parse(chain, disk.sectors(), disk.readOnly());
            int status = request.verdict();
            if (status == BlkRequest.OK) {
                status = execute(chain, writeThrough);
            }
            chain.putWritable(chain.writableBytes() - 1, status);
            boolean filled = request.type() == BlkRequest.IN && status == BlkRequest.OK;
            ring.push(filled ? chain.writableBytes() : 1);
            ring.notifyDriver(); // So that the guest works on this one while we are at the next.
        }
    }

    private int execute(DescriptorChain chain, boolean writeThrough) throws QueueBroken {
        return switch (request.type()) {
            case BlkRequest.IN -> {
                vectors.clear();
                chain.addWritable(0, request.length(), vectors);
                yield read(request.offset());
            }
            case BlkRequest.OUT -> {
                if (writeThrough && disk.hasLostData()) {
                    yield BlkRequest.IOERR;
                }
                vectors.clear();
                chain.addReadable(BlkRequest.HEADER, request.length(), vectors);
                int status = write(request.offset());
                yield status == BlkRequest.OK && writeThrough ? flush() : status;
            }
            case BlkRequest.FLUSH -> flush();
            case BlkRequest.GET_ID -> {
                chain.write(0, id, 0, (int) Math.min(id.length, chain.writableBytes() - 1));
                yield BlkRequest.OK;
            }
            case BlkRequest.DISCARD -> discard();
            default -> {
                int status = writeThrough && disk.hasLostData() ? BlkRequest.IOERR : writeZeroes();
                yield status == BlkRequest.OK && writeThrough ? flush() : status;
            }
        };
    }

    private int read(long offset) {
        long at = offset;
        while (vectors.bytes() > 0) {
            long got = vectors.readAt(file, at);
            if (got > 0) {
                vectors.advance(got);
                at += got;
            } else if (got == 0) {
                return failed("read past the end at byte " + at + "; the image has been truncated", 0);
            } else if (got != -Errno.EINTR.code()) {
                return failed("read at byte " + at, got);
            }
        }
        return BlkRequest.OK;
    }

    private int write(long offset) {
        long at = offset;
        while (vectors.bytes() > 0) {
            long done = vectors.writeAt(file, at);
            if (done > 0) {
                vectors.advance(done);
                at += done;
            } else if (done != -Errno.EINTR.code()) {
                return failed("write at byte " + at, done);
            }
        }
        return BlkRequest.OK;
    }

    private int flush() {
        if (disk.readOnly()) {
            return BlkRequest.OK;
        }
        boolean before = disk.hasLostData();
        int result = disk.sync();
        if (result == 0) {
            return BlkRequest.OK;
        }
        if (!before) {
            onLoss.run();
            log.reportOnce(
                    "a flush has failed (" + Errno.describe(-result) + "): what the guest has written since the last"
                            + " one that succeeded may be lost. Every flush fails from now on, until the machine is"
                            + " restarted; find the cause (full or faulty storage?) and check the guest's file system");
        }
        return BlkRequest.IOERR;
    }

    /** A discard is a wish: where the file system cannot, nothing happens. */
    private int discard() {
        for (int i = 0; i < request.segments(); i++) {
            if (request.segmentLength(i) > 0) {
                int result = FileSpace.punchHole(file, request.segmentOffset(i), request.segmentLength(i));
                if (result < 0 && !cannot(result)) {
                    return failed("discard at byte " + request.segmentOffset(i), result);
                }
            }
        }
        return BlkRequest.OK;
    }

    private int writeZeroes() {
        for (int i = 0; i < request.segments(); i++) {
            long at = request.segmentOffset(i);
            long length = request.segmentLength(i);
            int status = length == 0 ? BlkRequest.OK : writeZeroes(at, length, request.segmentUnmaps(i));
            if (status != BlkRequest.OK) {
                return status;
            }
        }
        return BlkRequest.OK;
    }

    /**
     * Without unmapping by writes, as many pieces a call as there may be: fallocate(2) could do it at once, but also take up a
     * file system behind the image's end, where no limit of the process's counts.
     */
    private int writeZeroes(long offset, long length, boolean unmap) {
        int result = unmap ? FileSpace.punchHole(file, offset, length) : -Errno.EOPNOTSUPP.code();
        if (result == 0) {
            return BlkRequest.OK;
        }
        if (!cannot(result)) {
            return failed("write zeroes at byte " + offset, result);
        }
        for (long done = 0; done < length; ) {
            vectors.clear();
            for (int i = 0; i < IoVectors.MAX && done < length; i++) {
                long piece = Math.min(ZEROES, length - done);
                vectors.add(zeroes.address(), piece);
                done += piece;
            }
            int status = write(offset + done - vectors.bytes());
            if (status != BlkRequest.OK) {
                return status;
            }
        }
        return BlkRequest.OK;
    }

    /** Whether this kind of file has no such operation, or not in this size. */
    private static boolean cannot(int result) {
        return result == -Errno.EOPNOTSUPP.code()
                || result == -Errno.ENOSYS.code()
                || result == -Errno.EINVAL.code()
                || result == -Errno.ENODEV.code();
    }

    private int failed(String what, long result) {
        log.report(result < 0 ? what + ": " + Errno.describe((int) -result) : what);
        return BlkRequest.IOERR;
    }
}
