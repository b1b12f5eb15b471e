package crosvm.vmm.device.serial;

/**
 * A bounded first-in first-out queue of characters, 16 bits each: a byte, and marks above it. Starts small and grows up to
 * its bound. Not thread-safe.
 */
final class CharFifo {
    private static final int INITIAL_CAPACITY = 16;

    private final int capacity;
    private char[] slots = new char[INITIAL_CAPACITY];
    private int head;
    private int size;

    /** @param capacity characters, 16 or more, a power of two */
    CharFifo(int capacity) {
        this.capacity = capacity;
    }

    int size() {
        return size;
    }

    int room() {
        return capacity - size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** @return false, and nothing changes, when full */
    boolean add(int value) {
        if (size == capacity) {
            return false;
        }
        if (size == slots.length) {
            grow();
        }
        slots[(head + size++) % slots.length] = (char) value;
        return true;
    }

    private void grow() {
        char[] larger = new char[2 * size];
        for (int i = 0; i < size; i++) {
            larger[i] = slots[(head + i) % slots.length];
        }
        slots = larger;
        head = 0;
    }

    /** The oldest character; it stays. Must not be empty. */
    int peek() {
        return slots[head];
    }

    /** Takes the oldest character. Must not be empty. */
    int remove() {
        char value = slots[head];
        head = (head + 1) % slots.length;
        size--;
        return value;
    }

    /** Clears a mark of the oldest character. Must not be empty. */
    void unmark(int mark) {
        slots[head] &= (char) ~mark;
    }

    /** Whether some character has a bit of {@code mark} set. */
    boolean anyMarked(int mark) {
        for (int i = 0; i < size; i++) {
            if ((slots[(head + i) % slots.length] & mark) != 0) {
                return true;
            }
        }
        return false;
    }

    void clear() {
        size = 0;
    }
}
