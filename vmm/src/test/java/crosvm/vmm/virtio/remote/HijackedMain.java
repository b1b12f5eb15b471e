package crosvm.vmm.virtio.remote;

import crosvm.vmm.hosting.DeviceMain;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A device process that has been taken over: its first argument is a seed, its second {@code blocking} if its policy lets it
 * make descriptors blocking. It serves as it should, and from the closing of its door on makes calls that its policy allows, at
 * random, on whatever descriptors it has: takes and adds events, fills counters, moves, shrinks and swallows what it can reach.
 * Once in a while it does what ends it: closes or replaces a descriptor, talks nonsense over its socket.
 */
public final class HijackedMain {
    private static final int DESCRIPTORS = 48;
    private static final int BYTES = 4096;
    private static final int DOOR = 3;
    private static final int SOCKET = 4;
    private static final long READ = 0;
    private static final long WRITE = 1;
    private static final long CLOSE = 3;
    private static final long POLL = 7;
    private static final long LSEEK = 8;
    private static final long MMAP = 9;
    private static final long MADVISE = 28;
    private static final long SHUTDOWN = 48;
    private static final long FCNTL = 72;
    private static final long EPOLL_CTL = 233;
    private static final long TIMERFD_SETTIME = 286;
    private static final long EVENTFD2 = 290;
    private static final long DUP3 = 292;
    private static final long IO_URING_ENTER = 426;
    private static final long F_SETFL = 4;
    private static final int KINDS = 22;
    private static final long FULL = -2;

    /** One call in so many is one that a process rarely survives. */
    private static final int DEADLY = 20_000;

    private final SplittableRandom random;
    private final boolean blocking;
    private final NativeBuffer buffer = NativeBuffer.allocate(BYTES);
    private volatile boolean warm;

    private HijackedMain(long seed, boolean blocking) {
        random = new SplittableRandom(seed);
        this.blocking = blocking;
    }

    public static void main(String[] arguments) {
        for (int i = 0; i < 2; i++) {
            HijackedMain hijacker = new HijackedMain(Long.parseLong(arguments[0]) + i, arguments[1].equals("blocking"));
            Thread thread = new Thread(hijacker::run, "hijacker");
            thread.setDaemon(true);
            thread.start();
            while (!hijacker.warm) {
                Thread.onSpinWait();
            }
        }
        DeviceMain.main(java.util.Arrays.copyOfRange(arguments, 2, arguments.length));
    }

    private void run() {
        Path proc = Path.of("/proc/self/fd/0");
        for (int i = 0; i < 2000; i++) {
            call(1 + i % (KINDS - 1), -1);
        }
        warm = true;
        while (Files.exists(proc)) {
            pause(5);
        }
        pause(300); // The filter is in force by now: whoever makes calls before that is no test of it.
        while (true) {
            call(random.nextInt(KINDS), random.nextInt(DESCRIPTORS));
            if (random.nextInt(64) == 0) {
                pause(1);
            }
        }
    }

    /** @param on -1 for a rehearsal */
    private void call(int kind, int on) {
        int fd = on == DOOR && random.nextInt(DEADLY) != 0 ? -1 : on;
        boolean quiet = fd == SOCKET && random.nextInt(DEADLY) != 0;
        long address = buffer.address();
        switch (kind) {
            case 0 -> deadly(fd);
            case 1, 2, 3, 4, 5, 6 -> make(READ, quiet ? -1 : fd, address, 8);
            case 7, 8, 9 -> write(quiet ? -1 : fd, 1);
            case 10, 11, 12 -> write(quiet ? -1 : fd, FULL);
            case 13, 14, 15, 16 -> {
                if (blocking) {
                    LibC.syscall(FCNTL, fd, F_SETFL, 0, 0, 0, 0);
                }
            }
            case 17 -> make(LSEEK, fd, random.nextInt(1 << 20), 0);
            case 18 -> LibC.syscall(EPOLL_CTL, fd, 2, random.nextInt(DESCRIPTORS), address, 0, 0);
            case 19 -> make(POLL, address, 0, 0);
            case 20 -> LibC.syscall(IO_URING_ENTER, fd, random.nextInt(3), 0, random.nextInt(2), 0, 0);
            default -> LibC.syscall(TIMERFD_SETTIME, fd, 0, address, 0, 0, 0);
        }
    }

    private void deadly(int fd) {
        if (random.nextInt(DEADLY / 100) != 0) {
            return;
        }
        switch (random.nextInt(4)) {
            case 0 -> make(CLOSE, fd, 0, 0);
            case 1 -> make(SHUTDOWN, fd, 2, 0);
            case 2 -> LibC.syscall(DUP3, random.nextInt(DESCRIPTORS), fd, 0x80000, 0, 0, 0);
            default -> {
                long fresh = LibC.syscall(EVENTFD2, 0, 0x80800, 0, 0, 0, 0);
                make(MADVISE, address(), BYTES, 0);
                make(CLOSE, fresh, 0, 0);
                LibC.syscall(MMAP, 0, 1 << 20, 3, 0x22, -1, 0);
            }
        }
    }

    private long address() {
        return buffer.address() & -BYTES;
    }

    private void write(int fd, long value) {
        buffer.bytes().putLong(0, value);
        make(WRITE, fd, buffer.address(), 8);
    }

    private static void make(long call, long a, long b, long c) {
        LibC.syscall(call, a, b, c, 0, 0, 0);
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
