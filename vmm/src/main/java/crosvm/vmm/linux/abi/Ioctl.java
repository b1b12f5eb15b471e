package crosvm.vmm.linux.abi;

/**
 * An ioctl's C name and request number, computed as {@code asm-generic/ioctl.h} does: direction (2 bits), size of the
 * argument (14 bits), type (8 bits), number (8 bits).
 */
public record Ioctl(String name, long request) {
    private static final int NONE = 0;
    private static final int WRITE = 1;
    private static final int READ = 2;

    /** {@code _IO(type, number)}. */
    public static Ioctl none(String name, int type, int number) {
        return of(name, NONE, type, number, 0);
    }

    /** {@code _IOR}: the kernel writes {@code size} bytes to the caller. */
    public static Ioctl read(String name, int type, int number, int size) {
        return of(name, READ, type, number, size);
    }

    /** {@code _IOW}: the kernel reads {@code size} bytes from the caller. */
    public static Ioctl write(String name, int type, int number, int size) {
        return of(name, WRITE, type, number, size);
    }

    /** {@code _IOWR}. */
    public static Ioctl readWrite(String name, int type, int number, int size) {
        return of(name, READ | WRITE, type, number, size);
    }

    private static Ioctl of(String name, int direction, int type, int number, int size) {
        return new Ioctl(name, (long) direction << 30 | (long) size << 16 | (long) type << 8 | number);
    }
}
