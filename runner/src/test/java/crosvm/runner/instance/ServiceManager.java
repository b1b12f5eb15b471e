package crosvm.runner.instance;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The end of a service manager that services notify: a datagram socket at a path. */
final class ServiceManager implements AutoCloseable {
    private final Path socket;
    private final Fd fd;

    ServiceManager(Path socket) {
        this.socket = socket;
        int type = SocketMessage.SOCK_DGRAM | SocketMessage.SOCK_CLOEXEC;
        fd = Fd.owning(ErrnoException.check(LibC.socket(SocketMessage.AF_UNIX, type, 0), "socket"), "notify");
        NativeBuffer address = NativeBuffer.of(SocketMessage.UNIX_ADDRESS);
        SocketMessage.SUN_FAMILY.set(address.bytes(), SocketMessage.AF_UNIX);
        address.bytes().put(SocketMessage.SUN_PATH.offset(), socket.toString().getBytes(StandardCharsets.UTF_8));
        ErrnoException.check(LibC.bind(fd.number(), address.address(), address.size()), "bind");
    }

    Path socket() {
        return socket;
    }

    /** The next message, or null when none comes in time. */
    @Nullable String next(int milliseconds) {
        if (!PollSet.readable(fd.number()).await(milliseconds)) {
            return null;
        }
        NativeBuffer data = NativeBuffer.allocate(4096);
        byte[] bytes = new byte[ErrnoException.check((int) LibC.read(fd.number(), data.address(), 4096), "read")];
        data.bytes().get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        fd.close();
    }
}
