package crosvm.vmm.device.blk;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoUring;
import crosvm.vmm.virtio.QueueContext;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs reads and writes by io_uring, and everything else, and what the kernel will not do that way, on the disk's threads. A
 * flush is not one for the ring: of several that run at once the kernel would tell only one of a loss ({@link BlockFile#sync}).
 */
final class RingRunner implements RequestRunner {
    /** How long the kernel may be too short of memory to take a request. */
    private static final int MAX_ATTEMPTS = 10_000;

    private static final long PAUSE_NANOSECONDS = 1_000_000;

    /** A read of a fast disk; so long at most a request that has just come waits until it is seen. */
    private static final long MOMENT_NANOSECONDS = 50_000;

    private final IoUring ring;
    private final RequestTable table;
    private final BlockFile disk;
    private final DiskCommands commands;
    private final RequestRunner others;
    private int inRing;

    /**
     * @param ring taken over, of as many entries as {@code table}
     * @param table where the requests are from
     * @param others runs what the ring does not
     */
    RingRunner(IoUring ring, RequestTable table, BlockFile disk, DiskCommands commands, RequestRunner others) {
        this.ring = ring;
        this.table = table;
        this.disk = disk;
        this.commands = commands;
        this.others = others;
    }

    @Override
    public void watch(QueueContext context, QueueContext.Handler done) {
        context.watch(ring.fd(), EventLoop.READABLE | EventLoop.EDGE_TRIGGERED, done);
        others.watch(context, done);
    }

    @Override
    public void start(DiskRequest request) {
        if (request.movesData()) {
            put(request);
        } else {
            others.start(request);
        }
    }

    private void put(DiskRequest request) {
        Fd file = disk.straight(request.vectors(), request.position());
        if (file == null) {
            others.start(request); // With a copy.
            return;
        }
        inRing++;
        if (request.isRead()) {
            ring.read(file, request.position(), request.vectors(), request.index());
        } else {
            ring.write(file, request.position(), request.vectors(), request.index());
        }
    }

    @Override
    public void submit() {
        if (ring.unsubmitted() == 0) {
            return;
        }
        int result = ring.submit();
        for (int i = 0; result != 0; i++) {
            boolean later = result == -Errno.EAGAIN.code()
                    || result == -Errno.EBUSY.code()
                    || result == -Errno.EINTR.code()
                    || result == -Errno.ENOMEM.code();
            if (!later || i == MAX_ATTEMPTS) {
                throw new VmmException(ring.fd().name() + ": io_uring_enter: " + Errno.describe(-result));
            }
            if (result != -Errno.EINTR.code()) {
                LockSupport.parkNanos(PAUSE_NANOSECONDS);
            }
            result = ring.submit();
        }
    }

    @Override
    public boolean submitAndAwait() {
        boolean done = inRing > 0 && ring.submitAndAwait(MOMENT_NANOSECONDS);
        submit(); // What is left.
        return done;
    }

    @Override
    public @Nullable DiskRequest takeDone() {
        while (ring.next()) {
            inRing--;
            DiskRequest request = table.get((int) ring.tag());
            if (isDone(request, ring.result())) {
                return request;
            }
        }
        return others.takeDone();
    }

    /** @param result bytes moved, or the negative errno */
    boolean isDone(DiskRequest request, int result) {
        if (result > 0) {
            request.moved(result);
            if (request.movesData()) {
                put(request); // The rest of it.
                return false;
            }
            if (request.isDurable()) {
                others.start(request); // Nothing is left to be written: it is made durable.
                return false;
            }
            return true;
        }
        if (isNotOfTheDisk(result)) {
            others.start(request);
            return false;
        }
        request.end(commands.failed(request, result));
        return true;
    }

    /** What the ring could not do, for want of a thread or because the file system does not work that way, or not directly. */
    private static boolean isNotOfTheDisk(int result) {
        return result == BlockFile.NOT_DIRECT
                || result == -Errno.EAGAIN.code()
                || result == -Errno.EINTR.code()
                || result == -Errno.ECANCELED.code()
                || result == -Errno.EOPNOTSUPP.code();
    }

    @Override
    public void awaitDone() {
        submit();
        if (inRing == 0) {
            others.awaitDone();
            return;
        }
        int result = ring.await();
        if (result < 0 && result != -Errno.EINTR.code() && result != -Errno.EAGAIN.code()) {
            throw new VmmException(ring.fd().name() + ": io_uring_enter: " + Errno.describe(-result));
        }
    }

    @Override
    public void close() {
        ring.close();
        others.close();
    }
}
