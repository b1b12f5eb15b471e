package crosvm.seccomp.install;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import crosvm.seccomp.policy.NamedConstants;
import java.nio.ByteBuffer;

/** The functions of libc that this package needs, direct-mapped. */
final class Calls {

    /** The number of seccomp(2) on x86-64; glibc has no function for it. */
    static final int SYS_SECCOMP = 317;

    static {
        Native.register(Calls.class, NativeLibrary.getProcess());
    }

    private Calls() {}

    static native int prctl(int option, long a, long b, long c, long d);

    static native int ioctl(int fd, long request, long argument);

    static native long syscall(long number, long a, long b, long c);

    /** The calling thread's errno of its last call here. */
    static int errno() {
        return Native.getLastError();
    }

    static String errnoName() {
        return NamedConstants.errnoName(errno());
    }

    static long addressOf(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }
}
