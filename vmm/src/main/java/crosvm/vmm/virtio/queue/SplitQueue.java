package crosvm.vmm.virtio.queue;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestAddressException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.metrics.QueueCounter;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A split virtqueue from the device's side (virtio 1.2 §2.7): takes chains the driver has made available, gives them
 * back used. Everything the driver controls is read once and checked before use. Allocates nothing after construction.
 * Belongs to one worker thread, except {@link #requestStop()}.
 */
public final class SplitQueue {
    /** VIRTIO 1.2 §2.7: the largest queue size. */
    public static final int MAX_SIZE = 32768;

    private static final int INDEX_MASK = 0xffff;
    private static final int DESCRIPTOR_SIZE = 16;
    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;
    private static final int NO_NOTIFY = 1;

    private final GuestMemory memory;
    private final int size;
    private final long descriptors;
    private final long available;
    private final long used;
    private final boolean indirect;
    private final boolean eventIdx;
    private final DescriptorChain chain;
    private final UsedNotifier notifier;
    private int nextAvailable;
    private int seenAvailable;
    private int nextUsed;
    private int budget;
    private boolean sawEmpty;
    private boolean kicksUnwanted;
    private @Nullable QueueCounter counter;
    private volatile boolean stopRequested;

    /**
     * @param indirect whether VIRTIO_F_RING_INDIRECT_DESC was negotiated
     * @param eventIdx whether VIRTIO_F_RING_EVENT_IDX was negotiated
     * @param call signalled when the driver is to look at the used ring
     * @throws QueueBroken when size, alignment or place of the ring are wrong
     */
    public SplitQueue(GuestMemory memory, Vring ring, boolean indirect, boolean eventIdx, EventFd call)
            throws QueueBroken {
        this.memory = memory;
        this.size = ring.size();
        this.descriptors = ring.descriptors();
        this.available = ring.available();
        this.used = ring.used();
        this.indirect = indirect;
        this.eventIdx = eventIdx;
        if (size < 1 || size > MAX_SIZE || Integer.bitCount(size) != 1) {
            throw new QueueBroken("queue size " + size + " is not a power of two up to " + MAX_SIZE);
        }
        requirePlace("descriptor table", descriptors, (long) DESCRIPTOR_SIZE * size, 16);
        requirePlace("available ring", available, 6 + 2L * size, 2);
        requirePlace("used ring", used, 6 + 8L * size, 4);
        nextAvailable = ring.lastAvailable() & INDEX_MASK;
        seenAvailable = nextAvailable;
        nextUsed = memory.u16(used + 2); // 0 on a fresh ring; after a stop, where we left it.
        chain = new DescriptorChain(memory);
        notifier = new UsedNotifier(memory, ring, eventIdx, nextUsed, call);
        budget = size;
    }

    private void requirePlace(String what, long address, long bytes, int alignment) throws QueueBroken {
        if ((address & (alignment - 1)) != 0 || !memory.contains(address, bytes)) {
            throw new QueueBroken(what + " at 0x" + Long.toHexString(address) + " is not " + bytes
                    + " bytes of guest memory aligned to " + alignment);
        }
    }

    /** From now on each chain that is given back is counted. */
    public void countIn(QueueCounter queueCounter) {
        counter = queueCounter;
    }

    /** Number of descriptors. */
    public int size() {
        return size;
    }

    /** The chain that {@link #pop()} fills. */
    public DescriptorChain chain() {
        return chain;
    }

    /** A further chain, for devices that hold several at a time, to be filled by {@link #pop(DescriptorChain)}. */
    public DescriptorChain newChain() {
        return new DescriptorChain(memory);
    }

    /** {@link #pop(DescriptorChain)} into {@link #chain()}. */
    public boolean pop() throws QueueBroken {
        return pop(chain);
    }

    /**
     * Takes the next available chain.
     *
     * @return false when there is none, or the worker has other things to do first; {@code into} is then undefined
     * @throws QueueBroken when the driver broke a rule
     */
    public boolean pop(DescriptorChain into) throws QueueBroken {
        if (stopRequested || budget == 0) {
            return false;
        }
        if (nextAvailable == seenAvailable && !look()) {
            sawEmpty = true;
            return false;
        }
        int head = memory.u16(available + 4 + 2L * (nextAvailable & size - 1));
        into.restart(head);
        walk(into, head);
        nextAvailable = nextAvailable + 1 & INDEX_MASK;
        budget--;
        if (counter != null) {
            into.takenAt(System.nanoTime());
        }
        return true;
    }

    /** Reads the driver's index; everything it wrote before releasing it is visible afterwards. */
    private boolean look() throws QueueBroken {
        int index = memory.u16Acquire(available + 2);
        int more = index - nextAvailable & INDEX_MASK;
        if (more > size) {
            throw new QueueBroken(
                    "available index went from " + nextAvailable + " to " + index + " in a queue of " + size);
        }
        seenAvailable = index;
        return more != 0;
    }

    /** Whether the driver has made more available than has been popped. */
    public boolean hasNext() {
        return memory.u16Acquire(available + 2) != nextAvailable;
    }

    /** Makes the chain that was popped last available again, as if it had not been. */
    public void undoPop() {
        nextAvailable = nextAvailable - 1 & INDEX_MASK;
    }

    private void walk(DescriptorChain into, int head) throws QueueBroken {
        long table = descriptors;
        int entries = size;
        int index = head;
        boolean inIndirect = false;
        for (int seen = 0; ; ) {
            if (index >= entries) {
                throw new QueueBroken("descriptor index " + index + " in a table of " + entries);
            }
            if (seen++ == entries) {
                throw new QueueBroken("descriptor chain from " + head + " is a loop");
            }
            long at = table + (long) DESCRIPTOR_SIZE * index;
            long address = memory.u64(at);
            long length = memory.u32(at + 8) & 0xffff_ffffL;
            int flags = memory.u16(at + 12);
            int next = memory.u16(at + 14);
            if ((flags & INDIRECT) != 0) {
                if (!indirect || inIndirect || (flags & NEXT) != 0) {
                    throw new QueueBroken("descriptor " + index + " is indirect where that is not allowed");
                }
                requireTable(address, length);
                table = address;
                entries = (int) Math.min(length / DESCRIPTOR_SIZE, INDEX_MASK + 1);
                index = 0;
                seen = 0;
                inIndirect = true;
                continue;
            }
            add(into, address, length, (flags & WRITE) != 0);
            if ((flags & NEXT) == 0) {
                return;
            }
            index = next;
        }
    }

    private void requireTable(long address, long length) throws QueueBroken {
        if (length == 0 || length % DESCRIPTOR_SIZE != 0 || !memory.contains(address, length)) {
            throw new QueueBroken("indirect table of " + length + " bytes at 0x" + Long.toHexString(address));
        }
    }

    private void add(DescriptorChain into, long address, long length, boolean writable) throws QueueBroken {
        if (length == 0) {
            return; // Says nothing and takes nothing.
        }
        if (length > Integer.MAX_VALUE) {
            throw new QueueBroken("descriptor of " + length + " bytes");
        }
        if (into.count() == DescriptorChain.MAX_DESCRIPTORS) {
            throw new QueueBroken("descriptor chain longer than " + DescriptorChain.MAX_DESCRIPTORS);
        }
        if (!writable && into.writableCount() > 0) {
            throw new QueueBroken("a readable descriptor after a writable one");
        }
        try {
            into.add(address, memory.hostAddress(address, length), (int) length, writable);
        } catch (GuestAddressException e) {
            throw new QueueBroken(
                    "descriptor of " + length + " bytes at 0x" + Long.toHexString(address) + " is not in guest memory");
        }
    }

    /** Gives {@link #chain()} back. */
    public void push(long written) {
        push(chain, written);
    }

    /**
     * Gives a chain back to the driver, who hears of it at the next {@link #notifyDriver()}.
     *
     * @param written bytes written to the chain's writable part, from its beginning
     */
    public void push(DescriptorChain done, long written) {
        if (counter != null) { // Before the driver, and so anybody it tells, can know of it.
            counter.count(System.nanoTime() - done.takenAt(), done.readableBytes(), written);
        }
        putUsed(done.head(), written);
        publishStaged();
    }

    /**
     * Gives back the chain that starts at descriptor {@code head}, for devices that keep no more of it than that: buffers that
     * have waited for something to come. Their waiting does not count as the device's time.
     */
    public void push(int head, long written) {
        stage(head, written);
        publishStaged();
    }

    /**
     * Like {@link #push(int, long)}, but the driver cannot see it before {@link #publishStaged} or {@link #notifyDriver}: a received frame that lies in
     * several buffers is used as a whole, or a driver that polls takes its first buffer without the others (virtio 1.2
     * §5.1.6.4).
     */
    public void stage(int head, long written) {
        if (counter != null) {
            counter.count(0, 0, written);
        }
        putUsed(head, written);
    }

    /**
     * Like {@link #stage(int, long)}, for devices that keep of a chain what they need while they have several in hand.
     *
     * @param read bytes the driver gave, {@link DescriptorChain#readableBytes()}
     * @param takenAt {@link DescriptorChain#takenAt()}
     */
    public void stage(int head, long written, long read, long takenAt) {
        if (counter != null) {
            counter.count(System.nanoTime() - takenAt, read, written);
        }
        putUsed(head, written);
    }

    /** Lets the driver see everything staged. */
    public void publishStaged() {
        memory.putU16Release(used + 2, nextUsed);
    }

    private void putUsed(int head, long written) {
        long element = used + 4 + 8L * (nextUsed & size - 1);
        memory.putU32(element, head);
        memory.putU32(element + 4, (int) written);
        nextUsed = nextUsed + 1 & INDEX_MASK;
    }

    /** Publishes what is staged, and tells the driver of it, if it wants to know. Hosts do this after each batch. */
    public void notifyDriver() {
        publishStaged();
        notifier.notifyUpTo(nextUsed);
    }

    /** {@link #notifyDriver()}, once it has not heard of so many chains: in a batch, while there is more. */
    public void notifyDriverAfter(int chains) {
        if (notifier.untold(nextUsed) >= chains) {
            notifyDriver();
        }
    }

    /** Starts a batch of at most {@link #size()} chains, after which {@link #pop()} answers false. */
    public void beginBatch() {
        budget = size;
    }

    /** Whether the batch has used up its share, and there may be more. */
    public boolean batchIsFull() {
        return budget == 0;
    }

    /** Asks the driver not to kick while the queue is being handled anyway. */
    public void disableKicks() {
        sawEmpty = false;
        kicksUnwanted = false;
        if (!eventIdx) {
            memory.putU16(used, NO_NOTIFY);
        }
    }

    /**
     * For a device that has chains in hand and waits for something else: the driver need not kick when it adds more, until
     * the queue has been handled again.
     */
    public void wantNoKicks() {
        kicksUnwanted = true;
    }

    /**
     * Asks the driver to kick at the next chain, unless the device has said that it wants none.
     *
     * @return true when {@link #pop()} had found the queue empty and it is not any more, so that it is to be handled
     *     again; no kick will come for that
     * @throws QueueBroken when the driver broke a rule meanwhile
     */
    public boolean enableKicks() throws QueueBroken {
        if (kicksUnwanted) {
            return false;
        }
        if (eventIdx) {
            memory.putU16(used + 4 + 8L * size, nextAvailable);
        } else {
            memory.putU16(used, 0);
        }
        // The wish must be visible before the index is read again, or a chain and its missing kick go unnoticed.
        VarHandle.fullFence();
        return sawEmpty && !stopRequested && look();
    }

    /** Makes {@link #pop()} answer false from now on, so that a handler comes to its end. Any thread. */
    public void requestStop() {
        stopRequested = true;
    }

    /** The available index from which a queue started again goes on: all before it have been popped. */
    public int nextAvailable() {
        return nextAvailable;
    }
}
