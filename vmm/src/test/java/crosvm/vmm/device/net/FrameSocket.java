package crosvm.vmm.device.net;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The host's side of a network card, for tests: a socket that keeps messages apart as a tap does, or a stream as passt's. */
public final class FrameSocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_SEQPACKET = 5;

    private final Fd host;
    private final Fd device;
    private boolean taken;

    private FrameSocket(int type) {
        NativeBuffer two = NativeBuffer.allocate(8);
        ErrnoException.check(
                LibC.socketpair(AF_UNIX, type | Fd.O_NONBLOCK | Fd.O_CLOEXEC, 0, two.address()), "socketpair");
        host = Fd.owning(two.bytes().getInt(0), "host's end");
        device = Fd.owning(two.bytes().getInt(4), "device's end");
    }

    public static FrameSocket seqpacket() {
        return new FrameSocket(SOCK_SEQPACKET);
    }

    public static FrameSocket stream() {
        return new FrameSocket(SOCK_STREAM);
    }

    /** The device closes it. */
    public Fd takeDeviceEnd() {
        taken = true;
        return device;
    }

    Fd device() {
        return device;
    }

    /** @return false when the device has not taken what was sent before */
    public boolean send(byte[] bytes) {
        NativeBuffer buffer = NativeBuffer.allocate(bytes.length);
        buffer.bytes().put(0, bytes);
        return LibC.write(host.number(), buffer.address(), bytes.length) == bytes.length;
    }

    /** As passt does: the length in four bytes, big-endian, then the frame. */
    public boolean sendFramed(byte[] frame) {
        return send(ByteBuffer.allocate(4 + frame.length)
                .putInt(frame.length)
                .put(frame)
                .array());
    }

    /** One message, or what the stream has now, up to 64 KiB; null when there is nothing. */
    public byte @Nullable [] receive() {
        NativeBuffer buffer = NativeBuffer.allocate(128 << 10);
        long got = LibC.read(host.number(), buffer.address(), buffer.size());
        if (got < 0) {
            return null;
        }
        byte[] bytes = new byte[(int) got];
        buffer.bytes().get(0, bytes);
        return bytes;
    }

    @Override
    public void close() {
        host.close();
        if (!taken) {
            device.close();
        }
    }
}
