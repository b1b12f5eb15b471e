package crosvm.vmm.virtio.pci;

import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * The MSI-X table and its masks (PCI 3.0 §6.8.2): per vector an address, data, and a mask bit, which is set at first.
 * Pending bits are not kept here: a vector is pending when it cannot be sent and one of its sources is signalled.
 * Guarded by the transport's lock.
 */
final class MsixTable {
    static final int ENTRY_SIZE = 16;

    private static final int WORDS = 4;
    private static final int ADDRESS_LOW = 0;
    private static final int ADDRESS_HIGH = 1;
    private static final int DATA = 2;
    private static final int CONTROL = 3;
    private static final int MASKED = 1;

    private final int[] words;
    private final IntConsumer changed;
    private boolean enabled;
    private boolean functionMasked;

    /** @param changed told the vector whose message or mask has changed in a way that matters */
    MsixTable(int vectors, IntConsumer changed) {
        this.words = new int[vectors * WORDS];
        this.changed = changed;
        for (int vector = 0; vector < vectors; vector++) {
            words[vector * WORDS + CONTROL] = MASKED;
        }
    }

    int vectors() {
        return words.length / WORDS;
    }

    boolean enabled() {
        return enabled;
    }

    /** Message control as the guest wrote it. Answers whether it means something else than before. */
    boolean setControl(long control) {
        boolean nowEnabled = (control & VirtioPciLayout.MSIX_ENABLE) != 0;
        boolean nowMasked = (control & VirtioPciLayout.MSIX_FUNCTION_MASK) != 0;
        boolean different = nowEnabled != enabled || nowMasked != functionMasked;
        enabled = nowEnabled;
        functionMasked = nowMasked;
        return different;
    }

    boolean canSend(int vector) {
        return enabled && !functionMasked && !masked(vector);
    }

    private boolean masked(int vector) {
        return (words[vector * WORDS + CONTROL] & MASKED) != 0;
    }

    long address(int vector) {
        return words[vector * WORDS + ADDRESS_LOW] & 0xffff_fffcL
                | (words[vector * WORDS + ADDRESS_HIGH] & 0xffff_ffffL) << 32;
    }

    int data(int vector) {
        return words[vector * WORDS + DATA];
    }

    /** Whole words only: anything else is not allowed, and reads as 0. */
    long read(int offset, int size) {
        if (size == 8 && offset % 8 == 0) {
            return read(offset, 4) | read(offset + 4, 4) << 32;
        }
        int word = offset / 4;
        return size == 4 && offset % 4 == 0 && word < words.length ? words[word] & 0xffff_ffffL : 0;
    }

    void write(int offset, int size, long value) {
        if (size == 8 && offset % 8 == 0) {
            write(offset, 4, value & 0xffff_ffffL);
            write(offset + 4, 4, value >>> 32);
            return;
        }
        int word = offset / 4;
        if (size != 4 || offset % 4 != 0 || word >= words.length) {
            return;
        }
        boolean control = word % WORDS == CONTROL;
        int wanted = control ? (int) value & MASKED : (int) value;
        if (words[word] != wanted) {
            words[word] = wanted;
            if (control || !masked(word / WORDS)) {
                changed.accept(word / WORDS);
            }
        }
    }

    /** The pending bit array: 64 vectors to a quadword. */
    long readPending(int offset, int size, IntPredicate pending) {
        long value = 0;
        for (int bit = 0; bit < 8 * size; bit++) {
            int vector = 8 * offset + bit;
            if (vector < vectors() && pending.test(vector)) {
                value |= 1L << bit;
            }
        }
        return value;
    }
}
