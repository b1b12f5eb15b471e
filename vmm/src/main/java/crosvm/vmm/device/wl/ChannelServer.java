package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.DeviceLog;
import java.util.ArrayList;
import java.util.List;

/**
 * The main process's end of a {@link WlChannel}. The device may be in a hostile guest's hands: a request of another form ends
 * the conversation. {@link #serve} belongs to a thread of its own, which ends when the socket does.
 */
public final class ChannelServer implements AutoCloseable {
    private final UnixSocket socket;
    private final WlHost host;
    private final DeviceLog log = new DeviceLog("wl");
    private final NativeBuffer request = NativeBuffer.allocate(WlChannel.REQUEST);
    private final NativeBuffer answer = NativeBuffer.allocate(WlChannel.ANSWER);

    /** Takes over both. */
    public ChannelServer(UnixSocket socket, WlHost host) {
        this.socket = socket;
        this.host = host;
    }

    /** Answers until the device has gone or breaks the rules. */
    public void serve() {
        while (true) {
            socket.awaitReadable(-1);
            List<Fd> came = new ArrayList<>();
            try {
                long got = socket.receive(request, 0, WlChannel.REQUEST, came);
                if (got == -Errno.EAGAIN.code() || got == -Errno.EINTR.code()) {
                    continue;
                }
                if (got != WlChannel.REQUEST || !execute(came)) {
                    if (got != 0) {
                        log.report("the device's process sent an invalid request; it gets no more memory or"
                                + " connections");
                    }
                    return;
                }
            } finally {
                came.forEach(Fd::close);
            }
        }
    }

    /** @return false when it is no request, or cannot be answered */
    private boolean execute(List<Fd> came) {
        long what = request.bytes().getLong(0);
        long argument = request.bytes().getLong(8);
        if (came.size() != (what == WlChannel.MAP ? 1 : 0)) {
            return false;
        }
        try {
            if (what == WlChannel.CONNECT) {
                return answerWith(host.connect(), 0);
            }
            if (what == WlChannel.ALLOCATE) {
                WlHost.Memory memory = host.allocate(argument);
                return answerWith(memory.file(), memory.address());
            }
            if (what == WlChannel.MAP) {
                return answer(host.map(came.get(0), argument), List.of());
            }
            if (what == WlChannel.UNMAP) {
                host.unmap(argument);
                return answer(0, List.of());
            }
            return false;
        } catch (ErrnoException e) {
            log.report(String.valueOf(e.getMessage()));
            return answer(-e.code(), List.of());
        }
    }

    private boolean answerWith(Fd fd, long result) {
        try (fd) {
            return answer(result, List.of(fd));
        }
    }

    private boolean answer(long result, List<Fd> fds) {
        answer.bytes().putLong(0, result);
        return socket.send(answer, 0, WlChannel.ANSWER, fds) == WlChannel.ANSWER;
    }

    /** After {@link #serve}: takes everything back from the guest. */
    @Override
    public void close() {
        socket.close();
        host.close();
    }
}
