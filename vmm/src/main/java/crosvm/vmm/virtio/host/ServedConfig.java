package crosvm.vmm.virtio.host;

import crosvm.vmm.LittleEndian;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.ConfigAccess;
import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.vhostuser.Message;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.virtio.VirtioBackend;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration space of a device as a front-end reads and writes it, and the socket on which the front-end hears of
 * changes. Belongs to the server's thread, except {@link #announceChange()}.
 */
final class ServedConfig implements AutoCloseable {
    /** No bytes: how GET_CONFIG is refused. */
    static final ByteBuffer REFUSED = new ConfigAccess(0, 0, new byte[0]).encode();

    private final VirtioBackend device;
    private @Nullable Connection channel;

    ServedConfig(VirtioBackend device) {
        this.device = device;
    }

    /** Front-ends ask for the space as the specification has it, however much of it this device has: the rest is zero. */
    ByteBuffer read(ByteBuffer payload) {
        ConfigAccess asked = ConfigAccess.decode(payload);
        byte[] bytes = new byte[asked.bytes().length];
        int end = Math.min(asked.offset() + bytes.length, device.configSize());
        for (int at = asked.offset(); at < end; ) {
            int width = widthAt(at, end);
            long value = device.readConfig(at, width);
            LittleEndian.put(bytes, at - asked.offset(), width, value);
            at += width;
        }
        return new ConfigAccess(asked.offset(), asked.flags(), bytes).encode();
    }

    /** @throws VhostUserException outside the device's own space, and for a migration, of which there is none */
    void write(ByteBuffer payload) {
        ConfigAccess asked = ConfigAccess.decode(payload);
        byte[] bytes = asked.bytes();
        int end = asked.offset() + bytes.length;
        if (end > device.configSize() || asked.flags() != ConfigAccess.WRITABLE) {
            throw new VhostUserException("SET_CONFIG of " + bytes.length + " bytes at " + asked.offset() + " of "
                    + device.configSize() + " with flags " + asked.flags());
        }
        for (int at = asked.offset(); at < end; ) {
            int width = widthAt(at, end);
            device.writeConfig(at, width, LittleEndian.get(bytes, at - asked.offset(), width));
            at += width;
        }
    }

    /** Fields are accessed whole: the widest aligned piece. */
    private static int widthAt(int at, int end) {
        int width = Long.BYTES;
        while (at % width != 0 || at + width > end) {
            width /= 2;
        }
        return width;
    }

    /** @param fd taken over */
    synchronized void setChannel(Fd fd) {
        if (FileType.of(fd) != FileType.SOCKET) {
            fd.close();
            throw new VhostUserException("SET_BACKEND_REQ_FD with a descriptor that is not a socket");
        }
        close();
        channel = new Connection(UnixSocket.owning(fd));
    }

    /**
     * Any thread. Never waits: when the front-end has not yet read earlier announcements it will read the space after
     * this change anyway.
     */
    synchronized void announceChange() {
        if (channel != null) {
            try {
                channel.offer(Message.request(Request.BACKEND_CONFIG_CHANGE, Message.payload(0), List.of(), false));
            } catch (VhostUserException e) {
                close(); // The front-end does not want to hear of it.
            }
        }
    }

    @Override
    public synchronized void close() {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
