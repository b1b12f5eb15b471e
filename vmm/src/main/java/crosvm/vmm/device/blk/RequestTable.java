package crosvm.vmm.device.blk;

import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.Mapping;

/**
 * The requests of one queue that are in flight, and room for more. The one that was given back last is taken next, so that a
 * queue of few requests touches little memory. Belongs to the queue's worker.
 */
final class RequestTable implements AutoCloseable {
    /** Requests of a queue that may be in flight; a power of two. */
    static final int CAPACITY = 128;

    private final Mapping memory = Mapping.anonymous((long) CAPACITY * IoVectors.MAX_BYTES);
    private final DiskRequest[] all = new DiskRequest[CAPACITY];
    private final DiskRequest[] free = new DiskRequest[CAPACITY];
    private int freeCount = CAPACITY;

    /** @param done where requests go when other threads have run them */
    RequestTable(DoneRequests done) {
        for (int i = 0; i < CAPACITY; i++) {
            all[i] = new DiskRequest(i, IoVectors.in(memory, (long) i * IoVectors.MAX_BYTES), done);
            free[CAPACITY - 1 - i] = all[i];
        }
    }

    boolean hasRoom() {
        return freeCount > 0;
    }

    /** One that is not in flight, which is in flight from now on. There must be room. */
    DiskRequest take() {
        return free[--freeCount];
    }

    void giveBack(DiskRequest request) {
        free[freeCount++] = request;
    }

    int inFlight() {
        return CAPACITY - freeCount;
    }

    /** The request of that {@link DiskRequest#index()}. */
    DiskRequest get(int index) {
        return all[index];
    }

    /** When none is in flight. */
    @Override
    public void close() {
        memory.close();
    }
}
