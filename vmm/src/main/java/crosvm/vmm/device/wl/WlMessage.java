package crosvm.vmm.device.wl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the guest is to be told.
 *
 * @param type {@link WlProtocol#VFD_NEW}, {@link WlProtocol#VFD_RECV} or {@link WlProtocol#VFD_HUP}
 * @param over the vfd it came over
 * @param announced the vfd that VFD_NEW is about, else null
 * @param ids of the vfds that VFD_RECV brings
 * @param data of VFD_RECV
 */
record WlMessage(int type, Vfd over, @Nullable Vfd announced, int[] ids, byte[] data) {
    private static final int[] NO_IDS = {};
    private static final byte[] NO_DATA = {};

    static WlMessage announce(Vfd over, Vfd made) {
        return new WlMessage(WlProtocol.VFD_NEW, over, made, NO_IDS, NO_DATA);
    }

    static WlMessage received(Vfd over, int[] ids, byte[] data) {
        return new WlMessage(WlProtocol.VFD_RECV, over, null, ids, data);
    }

    static WlMessage hangUp(Vfd over) {
        return new WlMessage(WlProtocol.VFD_HUP, over, null, NO_IDS, NO_DATA);
    }

    private int head() {
        return WlProtocol.SEND_SIZE + 4 * ids.length;
    }

    /** Bytes of the smallest buffer it can be told in: data may be split, with all ids in the first part. */
    int least() {
        return switch (type) {
            case WlProtocol.VFD_NEW -> WlProtocol.NEW_SIZE;
            case WlProtocol.VFD_HUP -> WlProtocol.VFD_SIZE;
            default -> head() + Math.min(1, data.length);
        };
    }

    /** The bytes for a buffer of {@code room} bytes, {@link #least()} or more. */
    @SuppressWarnings("ByteBufferBackingArray") // All of the buffer's array, which start() made.
    byte[] encode(long room, boolean transitional) {
        if (announced != null) {
            return vfdNew(type, announced, room, transitional);
        }
        if (type == WlProtocol.VFD_HUP) {
            return start(WlProtocol.VFD_SIZE)
                    .putInt(0, type)
                    .putInt(8, over.id())
                    .array();
        }
        int part = (int) Math.min(data.length, room - head());
        ByteBuffer bytes =
                start(head() + part).putInt(0, type).putInt(8, over.id()).putInt(12, ids.length);
        for (int i = 0; i < ids.length; i++) {
            bytes.putInt(WlProtocol.SEND_SIZE + 4 * i, ids[i]);
        }
        return bytes.put(head(), data, 0, part).array();
    }

    /** What is left after {@code written} bytes of {@link #encode} were told, or null. */
    @Nullable WlMessage after(int written) {
        int told = written - head();
        if (type != WlProtocol.VFD_RECV || told >= data.length) {
            return null;
        }
        byte[] rest = new byte[data.length - told];
        System.arraycopy(data, told, rest, 0, rest.length);
        return received(over, NO_IDS, rest);
    }

    /** A {@code virtio_wl_ctrl_vfd_new}, padded as in C where there is room. */
    static byte[] vfdNew(int type, Vfd vfd, long room, boolean transitional) {
        int size = room < WlProtocol.NEW_SIZE_PADDED ? WlProtocol.NEW_SIZE : WlProtocol.NEW_SIZE_PADDED;
        return start(size)
                .putInt(0, type)
                .putInt(8, vfd.id())
                .putInt(12, vfd.flags(transitional))
                .putLong(16, vfd.address() >>> WlProtocol.PAGE_SHIFT)
                .putInt(24, (int) vfd.size())
                .array();
    }

    private static ByteBuffer start(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
