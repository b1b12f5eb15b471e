package crosvm.vmm.jail;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;

/**
 * A tiny device process: warms up, closes the door, and then for each kick reads 4 KiB with preadv, writes it elsewhere with
 * pwritev, and signals its call. A kick of 1000 or more makes system call number kick - 1000 instead, and answers its errno
 * plus one.
 */
final class JailedLoopMain {
    private static final int BLOCK = 4096;
    private static final long FORBIDDEN = 1000;

    private final NativeBuffer block = NativeBuffer.allocate(BLOCK);
    private final NativeBuffer iovec = NativeBuffer.allocate(16);
    private final NativeBuffer answer = NativeBuffer.allocate(8);
    private int garbage;

    private JailedLoopMain() {
        iovec.bytes().putLong(0, block.address()).putLong(8, BLOCK);
    }

    public static void main(String[] arguments) {
        JailDoor door = JailDoor.prepare();
        JailedLoopMain loop = new JailedLoopMain();
        loop.warm();
        EventFd kick = EventFd.owning(Fd.owning(JailProgram.FIRST_DESCRIPTOR, "kick"));
        EventFd call = EventFd.owning(Fd.owning(JailProgram.FIRST_DESCRIPTOR + 1, "call"));
        Fd data = Fd.owning(JailProgram.FIRST_DESCRIPTOR + 2, "data");
        door.close();
        while (true) {
            loop.serve(kick, call, data, -1);
        }
    }

    private void warm() {
        try (EventFd kick = EventFd.create("warm kick");
                EventFd call = EventFd.create("warm call");
                Fd data = Memfd.sealed("warm", 2 * BLOCK)) {
            for (int i = 0; i < 3000; i++) {
                kick.signal();
                serve(kick, call, data, 0);
                call.drain();
            }
            LibC.syscall(39, 0, 0, 0, 0, 0, 0);
        }
    }

    private void serve(EventFd kick, EventFd call, Fd data, int timeout) {
        long kicks = kick.await(timeout);
        if (kicks >= FORBIDDEN) {
            long result = LibC.syscall(kicks - FORBIDDEN, 0, 0, 0, 0, 0, 0);
            answer.bytes().putLong(0, (result == -1 ? LibC.errno() : 0) + 1);
            LibC.write(call.fd().number(), answer.address(), 8);
        } else if (kicks > 0) {
            LibC.preadv(data.number(), iovec.address(), 1, 0);
            LibC.pwritev(data.number(), iovec.address(), 1, BLOCK);
            garbage += ByteBuffer.allocate(512).capacity();
            call.signal();
        }
    }
}
