package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;

/**
 * A pipe(2), both ends close-on-exec. The reader sees the end when nobody has the writing end open any more, which makes a
 * pipe that nobody writes to a lifeline.
 */
public record Pipe(Fd reader, Fd writer) implements AutoCloseable {

    /** @throws ErrnoException naming the pipe */
    public static Pipe create(String name) {
        NativeBuffer two = NativeBuffer.allocate(2 * Integer.BYTES);
        ErrnoException.check(LibC.pipe2(two.address(), Fd.O_CLOEXEC), "pipe " + name);
        return new Pipe(
                Fd.owning(two.bytes().getInt(0), "pipe " + name + ", reading end"),
                Fd.owning(two.bytes().getInt(Integer.BYTES), "pipe " + name + ", writing end"));
    }

    @Override
    public void close() {
        reader.close();
        writer.close();
    }
}
