package crosvm.runner.instance;

import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.PidFd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A process that no other one can be mistaken for: its number comes again, but not with the same start time in the same boot.
 *
 * @param pid its number
 * @param start when it started, in clock ticks since the boot (field 22 of {@code /proc/PID/stat})
 * @param boot the boot's id ({@code /proc/sys/kernel/random/boot_id})
 */
public record ProcessKey(long pid, long start, String boot) {
    static final Path PROC = Path.of("/proc");

    /** Where the kernel does not tell of its end at once. */
    private static final int LOOK_AGAIN_MILLISECONDS = 300;

    private static final int STATE = 0;
    private static final int START_TIME = 19;

    /** This process. */
    public static ProcessKey self() {
        long pid = OwnProcess.pid();
        ProcessKey self = of(pid, PROC);
        if (self == null) {
            throw new IllegalStateException("/proc does not show process " + pid + "; crosvm needs /proc");
        }
        return self;
    }

    /** The process that has this number now; null when none has, or what has it is dead and only waits for its parent. */
    static @Nullable ProcessKey of(long pid, Path proc) {
        try {
            String[] fields =
                    fieldsAfterName(Files.readString(proc.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1));
            if (fields.length <= START_TIME || fields[STATE].equals("Z") || fields[STATE].equals("X")) {
                return null;
            }
            String boot =
                    Files.readString(proc.resolve("sys/kernel/random/boot_id")).strip();
            return new ProcessKey(pid, Long.parseLong(fields[START_TIME]), boot);
        } catch (IOException e) {
            return null;
        }
    }

    /** The program's name, field 2, is in brackets and may hold blanks and brackets itself. */
    private static String[] fieldsAfterName(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
    }

    /** As a text that {@link #parse} reads. */
    String text() {
        return pid + " " + start + " " + boot;
    }

    /** What {@link #text} has written. */
    static ProcessKey parse(String text) {
        String[] parts = text.split(" ");
        return new ProcessKey(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]);
    }

    /** Whether it still runs. */
    boolean isAlive(Path proc) {
        return equals(of(pid, proc));
    }

    /** Whether it still runs on this machine. */
    boolean isAlive() {
        return isAlive(PROC);
    }

    /** Returns when it has ended. */
    void awaitEnd() throws InterruptedException {
        try (PidFd process = PidFd.tryOpen(Math.toIntExact(pid))) {
            while (isAlive()) {
                if (process == null) {
                    Thread.sleep(LOOK_AGAIN_MILLISECONDS);
                } else {
                    process.awaitEnd(-1);
                }
            }
        }
    }
}
