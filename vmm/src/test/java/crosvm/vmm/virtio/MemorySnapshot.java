package crosvm.vmm.virtio;

import crosvm.vmm.memory.GuestMemory;
import java.util.Arrays;
import java.util.BitSet;

/** The guest's memory before a device worked in it, to see afterwards what has changed. */
public final class MemorySnapshot {
    private final GuestMemory memory;
    private final byte[] before;

    /** @param memory of one region that starts at 0 */
    public MemorySnapshot(GuestMemory memory) {
        this.memory = memory;
        this.before = bytes(memory);
    }

    private static byte[] bytes(GuestMemory memory) {
        byte[] bytes = new byte[(int) memory.size()];
        memory.read(0, bytes, 0, bytes.length);
        return bytes;
    }

    /**
     * Makes sure that no other byte has changed.
     *
     * @param allowed the bytes that may have
     */
    public void assertUnchangedBut(int seed, BitSet allowed) {
        byte[] after = bytes(memory);
        for (int at = Arrays.mismatch(before, after); at >= 0 && at < before.length; at++) {
            if (before[at] != after[at] && !allowed.get(at)) {
                throw new AssertionError(String.format("seed %d: byte 0x%x may not change", seed, at));
            }
        }
    }
}
