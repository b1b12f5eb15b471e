package crosvm.vmm.vhostuser;

import java.nio.ByteBuffer;

/**
 * A vring address description. The addresses are the front-end's own ("user") addresses, to be translated by the {@link
 * MemoryTable}.
 *
 * @param index the queue, unchecked
 * @param flags bit 0: log writes to the used ring
 */
public record VringAddress(int index, int flags, long descriptors, long used, long available, long log) {
    static final int SIZE = 40;

    /** @param payload of {@value #SIZE} bytes, as {@link Request#check} makes sure */
    public static VringAddress decode(ByteBuffer payload) {
        return new VringAddress(
                payload.getInt(0),
                payload.getInt(4),
                payload.getLong(8),
                payload.getLong(16),
                payload.getLong(24),
                payload.getLong(32));
    }

    public ByteBuffer encode() {
        return Message.payload(SIZE)
                .putInt(0, index)
                .putInt(4, flags)
                .putLong(8, descriptors)
                .putLong(16, used)
                .putLong(24, available)
                .putLong(32, log);
    }
}
