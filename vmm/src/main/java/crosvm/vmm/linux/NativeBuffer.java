package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Struct;
import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Zeroed memory outside the Java heap for arguments of system calls: a little-endian buffer and its address. Freed by
 * the garbage collector once unreachable, which a local variable is from its last use on, even inside the call that was
 * given its address: use it afterwards, or {@link java.lang.ref.Reference#reachabilityFence}. Not thread-safe.
 */
public final class NativeBuffer {
    private final ByteBuffer bytes;
    private final long address;

    private NativeBuffer(int size) {
        bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
        address = LibC.addressOf(bytes);
    }

    /** @param size bytes, 1 or more */
    public static NativeBuffer allocate(int size) {
        return new NativeBuffer(size);
    }

    public static NativeBuffer of(Struct layout) {
        return new NativeBuffer(layout.size());
    }

    /** The text in UTF-8 with a terminating zero, as C wants paths: an array that LibC's path arguments take. */
    public static byte[] cString(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return java.util.Arrays.copyOf(utf8, utf8.length + 1);
    }

    public ByteBuffer bytes() {
        return bytes;
    }

    public long address() {
        return address;
    }

    public int size() {
        return bytes.capacity();
    }
}
