package crosvm.vmm.vhostuser;

import java.nio.ByteBuffer;

/**
 * A piece of the virtio device configuration space.
 *
 * @param offset of the first byte
 * @param flags {@link #WRITABLE}, or 1 for a migration
 * @param bytes the contents; of a request to read, any of the right number
 */
public record ConfigAccess(int offset, int flags, byte[] bytes) {
    /** Bytes of offset, size and flags. */
    static final int HEADER = 12;

    /** The largest configuration space the protocol can carry. */
    public static final int MAX_BYTES = 256;

    /** The driver writes fields that it may write. */
    public static final int WRITABLE = 0;

    /** @throws VhostUserException when size and payload disagree or the piece lies outside {@value #MAX_BYTES} bytes */
    public static ConfigAccess decode(ByteBuffer payload) {
        int offset = payload.getInt(0);
        int size = payload.getInt(4);
        if (size < 0 || size != payload.capacity() - HEADER || offset < 0 || offset > MAX_BYTES - size) {
            throw new VhostUserException("configuration space access of " + Integer.toUnsignedLong(size) + " bytes at "
                    + Integer.toUnsignedLong(offset) + " with " + (payload.capacity() - HEADER) + " bytes of data");
        }
        byte[] bytes = new byte[size];
        payload.get(HEADER, bytes);
        return new ConfigAccess(offset, payload.getInt(8), bytes);
    }

    public ByteBuffer encode() {
        return Message.payload(HEADER + bytes.length)
                .putInt(0, offset)
                .putInt(4, bytes.length)
                .putInt(8, flags)
                .put(HEADER, bytes);
    }
}
