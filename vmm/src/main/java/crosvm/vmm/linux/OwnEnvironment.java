package crosvm.vmm.linux;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The environment block that this process was started with, which {@code /proc/PID/environ} shows for as long as it lives. What
 * {@link System#getenv()} has read is a copy. Any thread.
 */
public final class OwnEnvironment {
    private static final Path STAT = Path.of("/proc/self/stat");
    private static final String MEMORY = "/proc/self/mem";

    /** proc_pid_stat(5): the 50th and 51st field; the third is the first behind the program's name, which may hold blanks. */
    private static final int ENV_START = 50 - 3;

    private static final int ENV_END = 51 - 3;
    private static final int MAX_BYTES = 1 << 24;

    private OwnEnvironment() {}

    /**
     * Overwrites the values of variables with asterisks, so that nobody finds them in {@code /proc} or hands them on to a program.
     * Java's own copy keeps them.
     *
     * @return whether that was done; false where the kernel does not let a process write to its own memory by {@code /proc}
     */
    public static boolean erase(Set<String> names) {
        if (names.isEmpty()) {
            return true;
        }
        System.getenv(); // The copy is made at the first call.
        try (RandomAccessFile memory = new RandomAccessFile(MEMORY, "rw")) {
            String stat = Files.readString(STAT, StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ");
            long start = Long.parseUnsignedLong(fields[ENV_START]);
            byte[] block =
                    new byte[Math.toIntExact(Math.min(MAX_BYTES, Long.parseUnsignedLong(fields[ENV_END]) - start))];
            memory.seek(start);
            memory.readFully(block);
            for (int at = 0; at < block.length; ) {
                int end = at;
                while (end < block.length && block[end] != 0) {
                    end++;
                }
                String variable = new String(block, at, end - at, StandardCharsets.ISO_8859_1);
                int equals = variable.indexOf('=');
                if (equals > 0 && names.contains(variable.substring(0, equals))) {
                    memory.seek(start + at + equals + 1);
                    memory.write("*".repeat(end - at - equals - 1).getBytes(StandardCharsets.ISO_8859_1));
                }
                at = end + 1;
            }
            return true;
        } catch (IOException | NumberFormatException | ArithmeticException | ArrayIndexOutOfBoundsException e) {
            return false;
        }
    }
}
