package crosvm.vmm.console;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The last {@value #CAPACITY} bytes that a port's guest wrote, and how far each follower has come in them. Followers that
 * hold the guest lose nothing: bytes they have not taken are not overwritten, and the guest is refused instead. The
 * others, and holders that have been let go because they stood still, find a note where bytes are missing.
 *
 * <p>Any thread. The lock is held for copying only, never across a write or the listener for room.
 */
final class OutputRing implements PortOutput {
    static final int CAPACITY = 1 << 18;

    /** One reader's place. Its fields are guarded by the ring's lock. */
    static final class Follower {
        private final Runnable wake;
        private final boolean holder;
        private boolean holding;
        private boolean sleeping;
        private long position;
        private long skipped;
        private long advancedAt = System.nanoTime();

        private Follower(boolean holder, Runnable wake) {
            this.holder = holder;
            this.holding = holder;
            this.wake = wake;
        }
    }

    private final byte[] ring = new byte[CAPACITY];
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Follower> followers = new ArrayList<>();
    private volatile Runnable roomAgain = () -> {};
    private Runnable onRefusal = () -> {};
    private long end;
    /** Up to here the guest may write; recomputed when it gets there. */
    private long limit = CAPACITY;

    private boolean refused;
    private boolean anySleeping;

    /** @param listener called, under the lock, when the guest is refused for the first time since there was room */
    void onRefusal(Runnable listener) {
        lock.lock();
        try {
            onRefusal = listener;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A follower of all that comes from now on.
     *
     * @param wake called, under the lock, when it sleeps and bytes come
     */
    Follower hold(Runnable wake) {
        return add(new Follower(true, wake), false);
    }

    /** A follower of what is kept and all that comes, whom the guest does not wait for. */
    Follower watch() {
        return add(new Follower(false, () -> {}), true);
    }

    private Follower add(Follower follower, boolean fromOldest) {
        lock.lock();
        try {
            follower.position = fromOldest ? oldestLine() : end;
            followers.add(follower);
            limit = end; // Whatever it was, it is computed anew with the next byte.
            return follower;
        } finally {
            lock.unlock();
        }
    }

    /** Where the oldest line that is whole begins; after the first bytes of all if there is no line's end. */
    private long oldestLine() {
        long oldest = Math.max(0, end - CAPACITY);
        if (oldest == 0) {
            return 0;
        }
        for (long at = oldest; at < end; at++) {
            if (ring[(int) (at % CAPACITY)] == '\n') {
                return at + 1;
            }
        }
        return oldest;
    }

    /** The follower takes nothing any more. */
    void leave(Follower follower) {
        boolean tell;
        lock.lock();
        try {
            followers.remove(follower);
            tell = haveRoom();
        } finally {
            lock.unlock();
        }
        if (tell) {
            roomAgain.run();
        }
    }

    @Override
    public boolean offer(byte value) {
        lock.lock();
        try {
            if (end == limit && !haveLimit()) {
                refuse();
                return false;
            }
            ring[(int) (end++ % CAPACITY)] = value;
            wakeSleepers();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void offer(ByteBuffer bytes) {
        lock.lock();
        try {
            while (bytes.hasRemaining()) {
                if (end == limit && !haveLimit()) {
                    refuse();
                    break;
                }
                int at = (int) (end % CAPACITY);
                int part = (int) Math.min(Math.min(bytes.remaining(), limit - end), CAPACITY - at);
                bytes.get(ring, at, part);
                end += part;
            }
            wakeSleepers();
        } finally {
            lock.unlock();
        }
    }

    private void refuse() {
        if (!refused) {
            refused = true;
            onRefusal.run();
        }
    }

    private void wakeSleepers() {
        if (anySleeping) {
            anySleeping = false;
            for (Follower follower : followers) {
                if (follower.sleeping) {
                    follower.sleeping = false;
                    follower.wake.run();
                }
            }
        }
    }

    /** @return whether the guest may write a byte, now that the limit is as it should be */
    private boolean haveLimit() {
        limit = end + CAPACITY;
        for (Follower follower : followers) {
            if (follower.holding) {
                limit = Math.min(limit, follower.position + CAPACITY);
            }
        }
        return limit > end;
    }

    /** @return whether a guest that was refused is to be told of room; from then on it counts as told */
    private boolean haveRoom() {
        boolean tell = refused && haveLimit();
        refused &= !tell;
        return tell;
    }

    @Override
    public void onRoom(Runnable listener) {
        roomAgain = listener;
    }

    /**
     * Takes what the follower has not had yet, behind a note where some of it is gone.
     *
     * @param into a cleared buffer with room for 100 bytes or more; gets them from its position on
     */
    void take(Follower follower, ByteBuffer into) {
        boolean tell;
        lock.lock();
        try {
            long oldest = Math.max(0, end - CAPACITY);
            if (follower.position < oldest) {
                follower.skipped += oldest - follower.position;
                follower.position = oldest;
            }
            if (follower.skipped > 0) {
                into.put(note(follower.skipped + " bytes of output were omitted here"));
                follower.skipped = 0;
            }
            while (into.hasRemaining() && follower.position < end) {
                int at = (int) (follower.position % CAPACITY);
                int part = (int) Math.min(Math.min(into.remaining(), end - follower.position), CAPACITY - at);
                into.put(ring, at, part);
                follower.position += part;
            }
            follower.advancedAt = System.nanoTime();
            if (follower.holder && !follower.holding) {
                follower.holding = true;
                limit = end;
            }
            tell = haveRoom();
        } finally {
            lock.unlock();
        }
        if (tell) {
            roomAgain.run();
        }
    }

    /** A remark of ours on a line of its own. */
    static byte[] note(String text) {
        return ("\r\n[crosvm: " + text + "]\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** @return true when the follower has had everything: it is then woken with the next byte */
    boolean sleep(Follower follower) {
        lock.lock();
        try {
            follower.sleeping = follower.position == end;
            anySleeping |= follower.sleeping;
            return follower.sleeping;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets the guest go on without followers that have taken nothing for {@code nanoseconds}. They hold it again once
     * they take something.
     *
     * @return whether the guest still waits
     */
    boolean passOver(long nanoseconds) {
        boolean tell;
        boolean waits;
        lock.lock();
        try {
            long now = System.nanoTime();
            for (Follower follower : followers) {
                if (end - follower.position == CAPACITY && now - follower.advancedAt >= nanoseconds) {
                    follower.holding = false;
                }
            }
            tell = haveRoom();
            waits = refused;
        } finally {
            lock.unlock();
        }
        if (tell) {
            roomAgain.run();
        }
        return waits;
    }
}
