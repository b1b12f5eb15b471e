package crosvm.vmm.vhostuser;

import java.nio.ByteBuffer;

/**
 * A vring state description: a queue and a number, whose meaning is the request's.
 *
 * @param index the queue, unchecked
 * @param number 32 bits, unsigned
 */
public record VringState(int index, long number) {
    static final int SIZE = 8;

    /** @param payload of {@value #SIZE} bytes, as {@link Request#check} makes sure */
    public static VringState decode(ByteBuffer payload) {
        return new VringState(payload.getInt(0), Integer.toUnsignedLong(payload.getInt(4)));
    }

    public ByteBuffer encode() {
        return Message.payload(SIZE).putInt(0, index).putInt(4, (int) number);
    }
}
