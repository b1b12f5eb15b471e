package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The signals that end a process, taken over from the JVM, which answers SIGQUIT with a thread dump and has no answer to most
 * others: a shutdown hook then has its turn, whichever it was. One that is ignored (nohup, a job started with {@code &}) stays so.
 * SIGUSR2, SIGPIPE, SIGXFSZ and the signals of faults stay the JVM's.
 *
 * <p>A handler may run on any thread, in the middle of anything, so it can be no Java: it is {@link #HANDLER a few
 * instructions} that write the signal's number into a pipe, which a thread of ours reads. All methods: any thread.
 */
public final class EndingSignals {
    /** Made only when one is asked for, which most programs' ends are not about. */
    private static final class Names {
        private static final Map<Integer, String> OF = names();
    }

    /** Where the descriptor stands in {@link #HANDLER}. */
    private static final int DESCRIPTOR_AT = 6;

    /** {@code void handler(int number)} for x86-64: write(descriptor, &number, 1). Keeps errno and needs no stack. */
    private static final byte[] HANDLER = {
        0x40,
        (byte) 0x88,
        0x7c,
        0x24,
        (byte) 0xf8, // mov [rsp-8], dil
        (byte) 0xbf,
        0,
        0,
        0,
        0, // mov edi, descriptor
        0x48,
        (byte) 0x8d,
        0x74,
        0x24,
        (byte) 0xf8, // lea rsi, [rsp-8]
        (byte) 0xba,
        1,
        0,
        0,
        0, // mov edx, 1
        (byte) 0xb8,
        1,
        0,
        0,
        0, // mov eax, 1 (write)
        0x0f,
        0x05, // syscall
        (byte) 0xc3 // ret
    };

    private static final long PAGE = 4096;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final long IGNORE = 1;
    private static final int FIRST_REAL_TIME = 34;
    private static final int LAST_REAL_TIME = 64;

    private static @Nullable Pipe pipe;
    private static volatile int received;

    private EndingSignals() {}

    /**
     * Has the thread run when a signal, or {@link System#exit}, ends this process.
     *
     * @return false when one does already; it never runs then
     */
    public static boolean atEnd(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static Map<Integer, String> names() {
        Map<Integer, String> names = new TreeMap<>(Map.of(
                1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 6, "SIGABRT", 10, "SIGUSR1", 14, "SIGALRM", 15, "SIGTERM"));
        names.putAll(Map.of(16, "SIGSTKFLT", 24, "SIGXCPU", 26, "SIGVTALRM", 27, "SIGPROF", 29, "SIGIO", 30, "SIGPWR"));
        for (int number = FIRST_REAL_TIME; number <= LAST_REAL_TIME; number++) {
            names.put(number, "SIGRTMIN" + (number == FIRST_REAL_TIME ? "" : "+" + (number - FIRST_REAL_TIME)));
        }
        return names;
    }

    /**
     * Takes them over, once; later calls change nothing.
     *
     * @param end called with each signal's number, on a thread of its own; ends the process
     */
    public static synchronized void watch(IntConsumer end) {
        if (pipe != null) {
            return;
        }
        Pipe made = Pipe.create("signals");
        made.writer().setNonBlocking();
        long handler = handler(made.writer().number());
        pipe = made;
        Thread reader = new Thread(() -> read(made.reader(), end), "signals");
        reader.setDaemon(true);
        reader.start();
        for (int number : Names.OF.keySet()) {
            if (LibC.signal(number, handler) == IGNORE) {
                LibC.signal(number, IGNORE);
            }
        }
    }

    private static long handler(int descriptor) {
        long page = ErrnoException.check(
                LibC.mmap(0, PAGE, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0), "mmap for a signal handler");
        ByteBuffer code = LibC.bufferAt(page, PAGE);
        code.put(0, HANDLER);
        code.putInt(DESCRIPTOR_AT, descriptor);
        ErrnoException.check(LibC.mprotect(page, PAGE, READ | EXECUTE), "mprotect of a signal handler");
        return page; // Never unmapped: a signal may come until the very end.
    }

    private static void read(Fd reader, IntConsumer end) {
        ByteBuffer number = ByteBuffer.allocate(1);
        FdChannel channel = FdChannel.over(reader.number(), reader.name());
        while (channel.read(number.clear()) == 1) {
            int signal = number.get(0);
            received = received == 0 ? signal : received;
            end.accept(signal);
        }
    }

    /** The name of the signal that ends this process; null when none has come. */
    public static @Nullable String received() {
        return received == 0 ? null : Names.OF.get(received);
    }

    /** A name's number; 0 for a name that is none of these. */
    public static int number(String name) {
        for (Map.Entry<Integer, String> signal : Names.OF.entrySet()) {
            if (signal.getValue().equals(name)) {
                return signal.getKey();
            }
        }
        return 0;
    }

    /** All of them, by number. */
    public static List<String> all() {
        return new ArrayList<>(Names.OF.values());
    }
}
