package crosvm.vmm.device.wl;

/**
 * How a device asks its {@link WlHost} when that is in another process, or on another thread: requests of {@value
 * #REQUEST} bytes and one answer of {@value #ANSWER} bytes each, over a stream socket, little-endian, one at a time.
 *
 * <pre>
 * request: u64 what   u64 argument            MAP brings the file
 * answer:  s64 result u64 0                   CONNECT and ALLOCATE bring a descriptor
 * </pre>
 *
 * The result is the guest-physical address or 0, or a negative errno.
 */
final class WlChannel {
    static final int REQUEST = 16;
    static final int ANSWER = 16;

    /** A connection to the compositor. */
    static final long CONNECT = 1;
    /** Memory of {@code argument} bytes. */
    static final long ALLOCATE = 2;
    /** {@code argument} bytes of the file that comes along. */
    static final long MAP = 3;
    /** What was mapped at {@code argument}. */
    static final long UNMAP = 4;

    private WlChannel() {}
}
