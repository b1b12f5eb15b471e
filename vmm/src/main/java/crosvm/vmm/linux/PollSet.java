package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/** A fixed handful of descriptors to wait for (poll(2)). Used by one thread at a time; the descriptors stay their owners'. */
public final class PollSet {
    public static final short READABLE = 1;
    public static final short WRITABLE = 4;

    private static final int ENTRY = 8; // struct pollfd: int fd, short events, short revents
    private final NativeBuffer entries;
    private final int count;

    private PollSet(int count) {
        this.count = count;
        this.entries = NativeBuffer.allocate(count * ENTRY);
    }

    /** Waits for all of {@code fds} to have data, or to hang up. */
    public static PollSet readable(int... fds) {
        PollSet set = new PollSet(fds.length);
        for (int i = 0; i < fds.length; i++) {
            set.watch(i, fds[i], READABLE);
        }
        return set;
    }

    /** Makes entry {@code index} wait for {@code events} on {@code fd}; a negative fd is never ready. */
    public void watch(int index, int fd, short events) {
        entries.bytes().putInt(index * ENTRY, fd).putShort(index * ENTRY + 4, events);
    }

    /**
     * @param timeoutMilliseconds -1 waits for ever
     * @return whether any is ready; false on time-out and when a signal came
     */
    public boolean await(int timeoutMilliseconds) {
        for (int i = 0; i < count; i++) {
            entries.bytes().putShort(i * ENTRY + 6, (short) 0);
        }
        int ready = LibC.poll(entries.address(), count, timeoutMilliseconds);
        int errno = ready < 0 ? LibC.errno() : 0;
        // The collector knows nothing of the kernel, which writes to the entries until here.
        Reference.reachabilityFence(entries);
        if (ready < 0 && errno != Errno.EINTR.code()) {
            throw new ErrnoException("poll", errno);
        }
        return ready > 0;
    }

    /** Whether entry {@code index} was ready, hung up or in error at the last {@link #await}. */
    public boolean ready(int index) {
        return entries.bytes().getShort(index * ENTRY + 6) != 0;
    }

    /** Whether there was something to read from entry {@code index} at the last {@link #await}, beyond a mere hang-up. */
    public boolean hasData(int index) {
        return (entries.bytes().getShort(index * ENTRY + 6) & READABLE) != 0;
    }
}
