package crosvm.vmm.device.console;

import java.util.Arrays;

/**
 * Input on its way to the guest: bounded, first in first out. Any thread; the listener for room is called under this
 * object's monitor.
 */
final class InputQueue {
    static final int CAPACITY = 1 << 16;

    private static final int INITIAL_BYTES = 1 << 10;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int head;
    private int size;
    private boolean refused;
    private Runnable roomAgain = () -> {};

    /** @return bytes taken */
    synchronized int add(byte[] from, int offset, int length) {
        int taken = Math.min(length, CAPACITY - size);
        refused |= taken < length;
        if (size + taken > bytes.length) {
            grow(size + taken);
        }
        int at = (head + size) % bytes.length;
        int first = Math.min(taken, bytes.length - at);
        System.arraycopy(from, offset, bytes, at, first);
        System.arraycopy(from, offset + first, bytes, 0, taken - first);
        size += taken;
        return taken;
    }

    private void grow(int needed) {
        byte[] larger = Arrays.copyOfRange(bytes, head, head + Math.max(needed, 2 * bytes.length));
        int wrapped = Math.max(0, head + size - bytes.length);
        System.arraycopy(bytes, 0, larger, bytes.length - head, wrapped);
        Arrays.fill(bytes, (byte) 0); // What was typed, passwords too, stays in no more places than need be.
        bytes = larger;
        head = 0;
    }

    /**
     * Copies the oldest bytes, which stay.
     *
     * @return how many
     */
    synchronized int peek(byte[] to) {
        int count = Math.min(size, to.length);
        int first = Math.min(count, bytes.length - head);
        System.arraycopy(bytes, head, to, 0, first);
        System.arraycopy(bytes, 0, to, first, count - first);
        return count;
    }

    /** Takes the oldest {@code count} bytes away. */
    synchronized void remove(int count) {
        head = (head + count) % bytes.length;
        size -= count;
        if (refused && size <= CAPACITY / 2) { // Not for every byte of a long text.
            refused = false;
            roomAgain.run();
        }
    }

    synchronized boolean isEmpty() {
        return size == 0;
    }

    synchronized void onRoom(Runnable listener) {
        roomAgain = listener;
    }
}
