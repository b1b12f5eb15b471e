package crosvm.vmm.virtio.queue;

import crosvm.vmm.memory.GuestMemory;

/** The driver's side of a split virtqueue, for tests: lays a ring out in guest memory and writes what it is told, right or wrong. */
public final class DriverQueue {
    public static final int NEXT = 1;
    public static final int WRITE = 2;
    public static final int INDIRECT = 4;

    public final GuestMemory memory;
    public final int size;
    public final long descriptors;
    public final long available;
    public final long used;
    private int nextDescriptor;
    private int availableIndex;
    private int seenUsed;

    /** A buffer of a chain. */
    public record Buffer(long address, int length, boolean writable) {
        public static Buffer in(long address, int length) {
            return new Buffer(address, length, true);
        }

        public static Buffer out(long address, int length) {
            return new Buffer(address, length, false);
        }
    }

    /** Lays the ring out from {@code base}, a multiple of 16. */
    public DriverQueue(GuestMemory memory, long base, int size) {
        this.memory = memory;
        this.size = size;
        this.descriptors = base;
        this.available = base + 16L * size;
        this.used = available + 6 + 2L * size + 3 & ~3L;
        for (long at = base; at < end(); at++) {
            memory.putU8(at, 0);
        }
    }

    /** The first byte after the ring. */
    public long end() {
        return used + 6 + 8L * size;
    }

    public Vring vring() {
        return vring(0);
    }

    public Vring vring(int lastAvailable) {
        return new Vring(size, descriptors, available, used, lastAvailable);
    }

    public void descriptor(int index, long address, long length, int flags, int next) {
        writeDescriptor(descriptors + 16L * index, address, length, flags, next);
    }

    public void writeDescriptor(long at, long address, long length, int flags, int next) {
        memory.putU64(at, address);
        memory.putU32(at + 8, (int) length);
        memory.putU16(at + 12, flags);
        memory.putU16(at + 14, next);
    }

    /** Chains the buffers and makes them available. @return the head */
    public int offer(Buffer... buffers) {
        int head = nextDescriptor;
        for (int i = 0; i < buffers.length; i++) {
            int index = nextDescriptor;
            nextDescriptor = (nextDescriptor + 1) % size;
            boolean last = i == buffers.length - 1;
            descriptor(
                    index,
                    buffers[i].address,
                    buffers[i].length,
                    (buffers[i].writable ? WRITE : 0) | (last ? 0 : NEXT),
                    last ? 0 : nextDescriptor);
        }
        publish(head);
        return head;
    }

    /** Like {@link #offer}, with the descriptors in a table at {@code table}. */
    public int offerIndirect(long table, Buffer... buffers) {
        for (int i = 0; i < buffers.length; i++) {
            boolean last = i == buffers.length - 1;
            writeDescriptor(
                    table + 16L * i,
                    buffers[i].address,
                    buffers[i].length,
                    (buffers[i].writable ? WRITE : 0) | (last ? 0 : NEXT),
                    last ? 0 : i + 1);
        }
        int head = nextDescriptor;
        nextDescriptor = (nextDescriptor + 1) % size;
        descriptor(head, table, 16L * buffers.length, INDIRECT, 0);
        publish(head);
        return head;
    }

    /** Puts a head into the available ring and releases the index. */
    public void publish(int head) {
        memory.putU16(available + 4 + 2L * (availableIndex % size), head);
        availableIndex = availableIndex + 1 & 0xffff;
        memory.putU16Release(available + 2, availableIndex);
    }

    public void setAvailableIndex(int index) {
        availableIndex = index & 0xffff;
        memory.putU16Release(available + 2, availableIndex);
    }

    /** VIRTQ_AVAIL_F_NO_INTERRUPT. */
    public void setNoInterrupt(boolean on) {
        memory.putU16(available, on ? 1 : 0);
    }

    public void setUsedEvent(int index) {
        memory.putU16(available + 4 + 2L * size, index);
    }

    public int availableEvent() {
        return memory.u16(used + 4 + 8L * size);
    }

    public int usedFlags() {
        return memory.u16(used);
    }

    public int usedIndex() {
        return memory.u16Acquire(used + 2);
    }

    public int usedId(int index) {
        return memory.u32(used + 4 + 8L * (index % size));
    }

    public int usedLength(int index) {
        return memory.u32(used + 8 + 8L * (index % size));
    }

    /** Waits for the next used chain. @return its written length */
    public int awaitUsed() {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (usedIndex() == seenUsed) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("nothing used within 10 s");
            }
            Thread.onSpinWait();
        }
        int length = usedLength(seenUsed);
        seenUsed = seenUsed + 1 & 0xffff;
        return length;
    }
}
