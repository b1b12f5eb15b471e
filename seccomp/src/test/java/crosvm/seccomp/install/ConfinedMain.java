package crosvm.seccomp.install;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import crosvm.seccomp.filter.BpfProgram;
import crosvm.seccomp.filter.FilterCompiler;
import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The process of the tests: warms up, confines itself with the policy named by its first argument, and then does what the
 * parent asks for on its standard input, one answer line for each request line.
 */
final class ConfinedMain {

    static {
        Native.register(ConfinedMain.class, NativeLibrary.getProcess());
    }

    private ConfinedMain() {}

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    public static void main(String[] arguments) throws Exception {
        PolicySource source = arguments[0].startsWith("bundled:") ? PolicySource.bundled() : PolicySource.files();
        Policy policy = Policy.load(source, arguments[0].replace("bundled:", ""));
        List<String> modes = List.of(arguments);
        if (modes.contains("log")) {
            policy = policy.withDefaultAction(Action.LOG);
        }
        BpfProgram program = FilterCompiler.compile(policy);
        InstallableFilter filter = InstallableFilter.prepare(program);
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> park(go), "bystander-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        // Everything once before the door closes, so that what follows needs no class, no file and no thread.
        answer("call 39 0 0 0 0 0 0", out);
        if (!modes.contains("cold")) {
            answer("exercise 300 100", out);
        }
        out.println("WARM " + ProcessHandle.current().pid());
        filter.installOnAllThreads(
                policy.defaultAction().equals(Action.LOG) ? EnumSet.of(SeccompSupport.Flag.LOG) : Set.of());
        out.println("CONFINED");
        String line;
        while (!(line = readLine()).isEmpty()) {
            answer(line, out);
        }
        out.println("END");
        // As a device process ends: without shutdown hooks, which would start threads and delete files.
        Runtime.getRuntime().halt(0);
    }

    /** By read(2) alone: a Reader would ask with fstat and ioctl how much there is to read. Empty at the end. */
    private static String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = System.in.read(); c >= 0 && c != '\n'; c = System.in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static void park(CountDownLatch go) {
        try {
            go.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(String request, PrintStream out) throws IOException {
        String[] words = request.split(" ");
        switch (words[0]) {
            case "call" -> {
                long[] n = new long[7];
                for (int i = 0; i < 7; i++) {
                    n[i] = Long.decode(words[i + 1]);
                }
                long result = syscall(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
                out.println("= " + (result == -1 ? -Native.getLastError() : result));
            }
            case "exercise" -> out.println(exercise(Long.parseLong(words[1]), Long.parseLong(words[2])));
            case "late" -> out.println(Late.greeting());
            case "thread" -> {
                try {
                    new Thread(() -> {}).start();
                    out.println("started");
                } catch (OutOfMemoryError e) {
                    out.println("no thread");
                }
            }
            default -> throw new IOException("unknown request " + request);
        }
    }

    /** A class that nothing loads before the door is closed. */
    private static final class Late {
        static String greeting() {
            return "late but here";
        }
    }

    /** What a worker's life may hold: garbage, collections, null pointers, deep stacks, no memory, new hot code. */
    private static String exercise(long millis, long gcEveryMillis) {
        long end = System.nanoTime() + millis * 1_000_000;
        long nextGc = 0;
        int rounds = 0;
        long sum = 0;
        while (System.nanoTime() < end) {
            sum += garbage(rounds) + nullPointers(rounds) + hot(rounds);
            if (rounds % 64 == 0) {
                sum += deep() + outOfMemory() + arithmetic(0);
            }
            if (System.nanoTime() > nextGc) {
                System.gc();
                nextGc = System.nanoTime() + gcEveryMillis * 1_000_000;
            }
            Thread.yield();
            rounds++;
        }
        return "done " + rounds + " " + (sum == 42 ? "!" : "");
    }

    private static int garbage(int round) {
        int sum = 0;
        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[1024 + i];
            bytes[round % bytes.length] = 1;
            sum += bytes.length;
        }
        return sum + ByteBuffer.allocate(64).capacity();
    }

    private static int nullPointers(int round) {
        int caught = 0;
        for (int i = 0; i < 200; i++) {
            String text = i % 20 == 0 ? null : "x";
            try {
                caught += text.length();
            } catch (NullPointerException e) {
                caught--;
            }
        }
        return caught + round;
    }

    private static int arithmetic(int zero) {
        try {
            return 1 / zero;
        } catch (ArithmeticException e) {
            return 1;
        }
    }

    private static int depth;

    @SuppressWarnings("InfiniteRecursion") // That is what it is for: the JVM meets its guard pages.
    private static void recurse() {
        depth++;
        recurse();
    }

    private static int deep() {
        depth = 0;
        try {
            recurse();
        } catch (StackOverflowError e) {
            return depth;
        }
        return 0;
    }

    private static int outOfMemory() {
        try {
            return new long[100_000_000].length;
        } catch (OutOfMemoryError e) {
            return 1;
        }
    }

    private static long hot(int round) {
        long hash = round;
        for (int i = 0; i < 2000; i++) {
            hash = hash * 31 + (hash >>> 7) + Integer.toString(i).hashCode();
        }
        return hash;
    }
}
