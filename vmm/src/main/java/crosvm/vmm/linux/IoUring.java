package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.IoUringLayout;
import crosvm.vmm.linux.jna.LibC;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An io_uring(7): reads and writes are handed to the kernel many at a time and come back in any order. Before it is enabled the
 * kernel is told that it takes vectored reads and writes and nothing else, for good, so that it is no way round a seccomp
 * filter that lets io_uring_enter(2) through. After it has been made it needs no other call than that one. Allocates nothing
 * once made. Used by one thread at a time.
 */
public final class IoUring implements AutoCloseable {
    private static final long SYS_IO_URING_SETUP = 425;
    private static final long SYS_IO_URING_ENTER = 426;
    private static final long SYS_IO_URING_REGISTER = 427;

    private static final int NEEDED =
            IoUringLayout.FEAT_SINGLE_MMAP | IoUringLayout.FEAT_NODROP | IoUringLayout.FEAT_SUBMIT_STABLE;

    /**
     * Threads that the kernel starts for what cannot be done without waiting, at most: a file system's writes, mostly; and for
     * files that are no disks, of which there are none. They are threads of this process, which RLIMIT_NPROC counts.
     */
    public static final int MAX_KERNEL_THREADS = 4;

    private static final int SQE = IoUringLayout.SQE.size();
    private static final int CQE = IoUringLayout.CQE.size();

    private static final VarHandle U32 = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final Fd fd;
    private final Mapping ringMemory;
    private final Mapping submissionMemory;
    private final ByteBuffer rings;
    private final ByteBuffer submissions;
    private final int submissionTail;
    private final int submissionMask;
    private final int completionHead;
    private final int completionTail;
    private final int completionMask;
    private final int completions;
    private final boolean boundsWaits;
    private final NativeBuffer wait = NativeBuffer.of(IoUringLayout.GETEVENTS_ARG);
    private final NativeBuffer bound = NativeBuffer.allocate(2 * Long.BYTES);
    private int tail;
    private int unsubmitted;
    private int head;
    private long tag;
    private int result;

    private IoUring(Fd fd, ByteBuffer params, Mapping ringMemory, Mapping submissionMemory) {
        this.fd = fd;
        this.ringMemory = ringMemory;
        this.submissionMemory = submissionMemory;
        rings = ringMemory.buffer(0, ringMemory.size());
        submissions = submissionMemory.buffer(0, submissionMemory.size());
        boundsWaits = (IoUringLayout.PARAMS_FEATURES.get(params) & IoUringLayout.FEAT_EXT_ARG) != 0;
        IoUringLayout.GETEVENTS_TS.set(wait.bytes(), bound.address());
        int sq = IoUringLayout.PARAMS_SQ_OFF.offset();
        int cq = IoUringLayout.PARAMS_CQ_OFF.offset();
        submissionTail = at(IoUringLayout.SQ_TAIL.get(params, sq, 0));
        submissionMask = rings.getInt(at(IoUringLayout.SQ_RING_MASK.get(params, sq, 0)));
        completionHead = at(IoUringLayout.CQ_HEAD.get(params, cq, 0));
        completionTail = at(IoUringLayout.CQ_TAIL.get(params, cq, 0));
        completionMask = rings.getInt(at(IoUringLayout.CQ_RING_MASK.get(params, cq, 0)));
        completions = at(IoUringLayout.CQ_CQES.get(params, cq, 0));
        int array = at(IoUringLayout.SQ_ARRAY.get(params, sq, 0));
        for (int i = 0;
                i <= submissionMask;
                i++) { // Each place of the ring stands for the submission of the same number.
            rings.putInt(array + i * Integer.BYTES, i);
        }
    }

    private static int at(long offset) {
        return (int) offset;
    }

    /**
     * Makes a ring.
     *
     * @param entries submissions that it holds, a power of two up to 4096; as many requests may be in flight
     * @throws ErrnoException when the kernel has no io_uring, or an older one than Linux 5.10's, or does not let us have one
     *     (kernel.io_uring_disabled, a seccomp filter, a limit)
     */
    public static IoUring create(String name, int entries) {
        NativeBuffer params = NativeBuffer.of(IoUringLayout.PARAMS);
        String what = "io_uring " + name;
        long number = setUp(entries, params, IoUringLayout.SETUP_COOP_TASKRUN);
        if (number < 0 && LibC.errno() == Errno.EINVAL.code()) {
            number = setUp(entries, params, 0); // Linux 5.19's; it saves interrupts, no more.
        }
        Fd fd = Fd.owning((int) ErrnoException.check(number, what + ": io_uring_setup"), what);
        try {
            return map(fd, params);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static long setUp(int entries, NativeBuffer params, int flags) {
        IoUringLayout.PARAMS_FLAGS.set(params.bytes(), IoUringLayout.SETUP_R_DISABLED | flags);
        long number = LibC.syscall(SYS_IO_URING_SETUP, entries, params.address(), 0, 0, 0, 0);
        Reference.reachabilityFence(params);
        return number;
    }

    private static IoUring map(Fd fd, NativeBuffer params) {
        ByteBuffer told = params.bytes();
        if ((IoUringLayout.PARAMS_FEATURES.get(told) & NEEDED) != NEEDED) {
            throw new ErrnoException(fd.name() + ": features", Errno.EINVAL.code());
        }
        restrict(fd);
        long submissionRing = IoUringLayout.SQ_ARRAY.get(told, IoUringLayout.PARAMS_SQ_OFF.offset(), 0)
                + IoUringLayout.PARAMS_SQ_ENTRIES.get(told) * Integer.BYTES;
        long completionRing = IoUringLayout.CQ_CQES.get(told, IoUringLayout.PARAMS_CQ_OFF.offset(), 0)
                + IoUringLayout.PARAMS_CQ_ENTRIES.get(told) * CQE;
        Mapping rings = Mapping.shared(fd, 0, Math.max(submissionRing, completionRing));
        try {
            Mapping submissions =
                    Mapping.shared(fd, IoUringLayout.OFF_SQES, IoUringLayout.PARAMS_SQ_ENTRIES.get(told) * SQE);
            return new IoUring(fd, told, rings, submissions);
        } catch (RuntimeException e) {
            rings.close();
            throw e;
        }
    }

    private static void restrict(Fd fd) {
        int size = IoUringLayout.RESTRICTION.size();
        NativeBuffer allowed = NativeBuffer.allocate(2 * size);
        int[] operations = {IoUringLayout.OP_READV, IoUringLayout.OP_WRITEV};
        for (int i = 0; i < operations.length; i++) {
            IoUringLayout.RESTRICTION_OPCODE.set(allowed.bytes(), i * size, 0, IoUringLayout.RESTRICTION_KIND_SQE_OP);
            IoUringLayout.RESTRICTION_SQE_OP.set(allowed.bytes(), i * size, 0, operations[i]);
        }
        register(fd, IoUringLayout.REGISTER_RESTRICTIONS, allowed.address(), operations.length);
        NativeBuffer threads = NativeBuffer.allocate(2 * Integer.BYTES);
        threads.bytes().putInt(0, MAX_KERNEL_THREADS).putInt(Integer.BYTES, 1);
        // Linux 5.15's. Before, the limit on tasks is the only one.
        LibC.syscall(
                SYS_IO_URING_REGISTER,
                fd.number(),
                IoUringLayout.REGISTER_IOWQ_MAX_WORKERS,
                threads.address(),
                2,
                0,
                0);
        register(fd, IoUringLayout.REGISTER_ENABLE_RINGS, 0, 0);
        Reference.reachabilityFence(allowed);
        Reference.reachabilityFence(threads);
    }

    private static void register(Fd fd, int operation, long argument, int count) {
        ErrnoException.check(
                LibC.syscall(SYS_IO_URING_REGISTER, fd.number(), operation, argument, count, 0, 0),
                fd.name() + ": io_uring_register " + operation);
    }

    /** Readable while a completion is there. */
    public Fd fd() {
        return fd;
    }

    /**
     * Puts a read into the ring, for {@link #submit()}. There is room for as many as the ring has entries.
     *
     * @param offset in the file, bytes
     * @param vectors where to; must stay as they are until the submission, their memory until the completion
     * @param tag comes back with the completion
     */
    public void read(Fd file, long offset, IoVectors vectors, long tag) {
        put(IoUringLayout.OP_READV, file, offset, vectors, tag);
    }

    /** Puts a write into the ring, as {@link #read}. */
    public void write(Fd file, long offset, IoVectors vectors, long tag) {
        put(IoUringLayout.OP_WRITEV, file, offset, vectors, tag);
    }

    void put(int operation, Fd file, long offset, IoVectors vectors, long requestTag) {
        if (unsubmitted > submissionMask) {
            throw new IllegalStateException(fd.name() + ": more than " + (submissionMask + 1) + " submissions");
        }
        int base = (tail & submissionMask) * SQE;
        for (int at = 0; at < SQE; at += Long.BYTES) {
            submissions.putLong(base + at, 0);
        }
        submissions.put(base + IoUringLayout.SQE_OPCODE.offset(), (byte) operation);
        submissions.putInt(base + IoUringLayout.SQE_FD.offset(), file.number());
        submissions.putLong(base + IoUringLayout.SQE_OFF.offset(), offset);
        submissions.putLong(base + IoUringLayout.SQE_ADDR.offset(), vectors.head());
        submissions.putInt(base + IoUringLayout.SQE_LEN.offset(), vectors.count());
        submissions.putLong(base + IoUringLayout.SQE_USER_DATA.offset(), requestTag);
        tail++;
        unsubmitted++;
    }

    /** How many have been put into the ring and not been submitted. */
    public int unsubmitted() {
        return unsubmitted;
    }

    /**
     * Hands everything over that has been put into the ring; once.
     *
     * @return 0, or the negative errno, and some or all are still to be submitted: EAGAIN, EBUSY, EINTR mean later
     */
    public int submit() {
        U32.setRelease(rings, submissionTail, tail);
        while (unsubmitted > 0) {
            long taken = LibC.syscall(SYS_IO_URING_ENTER, fd.number(), unsubmitted, 0, 0, 0, 0);
            if (taken <= 0) {
                return taken == 0 ? -Errno.EAGAIN.code() : -LibC.errno();
            }
            unsubmitted -= (int) taken; // Those it does not want complete with an error.
        }
        return 0;
    }

    /**
     * {@link #submit()} and then, in the same call, waits for a completion, but not for long; on kernels before Linux 5.11 not at
     * all. Whatever could not be submitted still is to be.
     *
     * @param nanoseconds at most, less than a second
     * @return whether a completion is there
     */
    public boolean submitAndAwait(long nanoseconds) {
        if (!boundsWaits) {
            submit();
            return hasNext();
        }
        U32.setRelease(rings, submissionTail, tail);
        bound.bytes().putLong(Long.BYTES, nanoseconds);
        long taken = LibC.syscall(
                SYS_IO_URING_ENTER,
                fd.number(),
                unsubmitted,
                1,
                IoUringLayout.ENTER_GETEVENTS | IoUringLayout.ENTER_EXT_ARG,
                wait.address(),
                wait.size());
        unsubmitted -= (int) Math.max(0, taken);
        return hasNext();
    }

    private boolean hasNext() {
        return head != (int) U32.getAcquire(rings, completionTail);
    }

    /**
     * Waits for a completion, of which one must be to come, without taking it.
     *
     * @return 0, or the negative errno
     */
    public int await() {
        long done = LibC.syscall(SYS_IO_URING_ENTER, fd.number(), 0, 1, IoUringLayout.ENTER_GETEVENTS, 0, 0);
        return done < 0 ? -LibC.errno() : 0;
    }

    /** Takes the next completion, whose {@link #tag()} and {@link #result()} are then to be had; false when there is none. */
    public boolean next() {
        if (!hasNext()) {
            return false;
        }
        int base = completions + (head & completionMask) * CQE;
        tag = rings.getLong(base + IoUringLayout.CQE_USER_DATA.offset());
        result = rings.getInt(base + IoUringLayout.CQE_RES.offset());
        head++;
        U32.setRelease(rings, completionHead, head);
        return true;
    }

    /** What {@link #read} or {@link #write} was told. */
    public long tag() {
        return tag;
    }

    /** Bytes moved, perhaps fewer than asked, or the negative errno. */
    public int result() {
        return result;
    }

    /** When nothing is in flight any more. */
    @Override
    public void close() {
        submissionMemory.close();
        ringMemory.close();
        fd.close();
    }
}
