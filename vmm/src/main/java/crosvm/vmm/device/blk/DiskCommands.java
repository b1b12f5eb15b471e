package crosvm.vmm.device.blk;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.virtio.DeviceLog;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What each kind of request does to the disk, on the thread that calls and to its end. Data moves straight between the file and
 * the guest's pages, where these are as direct I/O wants them. Any thread, each with a request of its own; allocates nothing per request.
 */
final class DiskCommands implements AutoCloseable {
    private static final int ZEROES = 64 << 10;

    private final BlockFile disk;
    private final Fd file;
    private final DeviceLog log;
    private final Runnable onLoss;
    private final Mapping zeroes = Mapping.anonymous(ZEROES); // On a page, as direct I/O wants it.
    private final AtomicBoolean lossTold = new AtomicBoolean();

    /** @param onLoss told once when data have been lost */
    DiskCommands(BlockFile disk, DeviceLog log, Runnable onLoss) {
        this.disk = disk;
        this.file = disk.file();
        this.log = log;
        this.onLoss = onLoss;
    }

    /**
     * Carries a request out, or what is left of it.
     *
     * @return its status
     */
    int run(DiskRequest request) {
        try {
            int status = execute(request);
            return status == BlkRequest.OK && request.isDurable() ? flush() : status;
        } catch (RuntimeException e) { // Whoever waits for it must not wait for ever.
            log.report("request of type " + request.asked().type() + ": " + e);
            return BlkRequest.IOERR;
        }
    }

    private int execute(DiskRequest request) {
        BlkRequest asked = request.asked();
        return switch (asked.type()) {
            case BlkRequest.IN -> read(request);
            case BlkRequest.OUT -> write(request);
            case BlkRequest.FLUSH -> flush();
            case BlkRequest.DISCARD -> discard(asked);
            default -> writeZeroes(asked, request.vectors());
        };
    }

    /** Whether nothing may be written any more, because the driver would be promised that it is durable. */
    boolean refuses(DiskRequest request) {
        return request.isDurable() && disk.hasLostData();
    }

    private int read(DiskRequest request) {
        while (request.vectors().bytes() > 0) {
            long got = disk.read(request.vectors(), request.position());
            if (got > 0) {
                request.moved(got);
            } else if (got != -Errno.EINTR.code()) {
                return failed(request, got);
            }
        }
        return BlkRequest.OK;
    }

    private int write(DiskRequest request) {
        while (request.vectors().bytes() > 0) {
            long done = disk.write(request.vectors(), request.position());
            if (done > 0) {
                request.moved(done);
            } else if (done != -Errno.EINTR.code()) {
                return failed(request, done);
            }
        }
        return BlkRequest.OK;
    }

    /**
     * A read or write has failed where it had got to.
     *
     * @param result 0 at the end of the file, or the negative errno
     * @return its status
     */
    int failed(DiskRequest request, long result) {
        String what = (request.isRead() ? "read at byte " : "write at byte ") + request.position();
        return result == 0
                ? failed("read past the end at byte " + request.position() + "; the image has been truncated", 0)
                : failed(what, result);
    }

    private int flush() {
        if (disk.readOnly()) {
            return BlkRequest.OK;
        }
        int result = disk.sync();
        if (result == 0) {
            return BlkRequest.OK;
        }
        if (lossTold.compareAndSet(false, true)) {
            onLoss.run();
            log.reportOnce(
                    "a flush has failed (" + Errno.describe(-result) + "): what the guest has written since the last"
                            + " one that succeeded may be lost. Every flush fails from now on, until the machine is"
                            + " restarted; find the cause (full or faulty storage?) and check the guest's file system");
        }
        return BlkRequest.IOERR;
    }

    /** A discard is a wish: where the file system cannot, nothing happens. */
    private int discard(BlkRequest asked) {
        for (int i = 0; i < asked.segments(); i++) {
            if (asked.segmentLength(i) > 0) {
                int result = FileSpace.punchHole(file, asked.segmentOffset(i), asked.segmentLength(i));
                if (result < 0 && !cannot(result)) {
                    return failed("discard at byte " + asked.segmentOffset(i), result);
                }
            }
        }
        return BlkRequest.OK;
    }

    private int writeZeroes(BlkRequest asked, IoVectors vectors) {
        for (int i = 0; i < asked.segments(); i++) {
            long at = asked.segmentOffset(i);
            long length = asked.segmentLength(i);
            int status = length == 0 ? BlkRequest.OK : writeZeroes(at, length, asked.segmentUnmaps(i), vectors);
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
    private int writeZeroes(long offset, long length, boolean unmap, IoVectors vectors) {
        int result = unmap ? FileSpace.punchHole(file, offset, length) : -Errno.EOPNOTSUPP.code();
        if (result == 0) {
            return BlkRequest.OK;
        }
        if (!cannot(result)) {
            return failed("write zeroes at byte " + offset, result);
        }
        long at = offset;
        long left = length;
        while (left > 0) {
            vectors.clear();
            for (int i = 0; i < IoVectors.MAX && vectors.bytes() < left; i++) {
                vectors.add(zeroes.address(), Math.min(ZEROES, left - vectors.bytes()));
            }
            long done = disk.write(vectors, at);
            if (done > 0) {
                at += done;
                left -= done;
            } else if (done != -Errno.EINTR.code()) {
                return failed("write zeroes at byte " + at, done);
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

    /** When nobody runs a request any more. */
    @Override
    public void close() {
        zeroes.close();
    }
}
