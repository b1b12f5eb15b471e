package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The user and group that root's jails run as: a number that no account has and no other machine's jails. {@code nobody} would
 * be shared with other daemons, which could then trace and kill a device process. All jails of one process of ours, which is
 * one machine, have the same. Who is not root stays who he is, and so does a root without the capabilities to become and to
 * control somebody else: in most containers.
 *
 * @param id user and group
 */
record JailUser(int id) {
    /**
     * Behind all ranges that accounts are taken from: distributions end at 65,533, systemd's containers at 1,879,048,191, the
     * domain users of sssd at 2,000,200,000; from 2^31 on programs go wrong. Within it there is room for every process number
     * 16 times.
     */
    static final int FIRST = 0x7c00_0000;

    static final int PROCESS_BITS = 22;
    private static final int BLOCKS = 16;

    /** Where a container knows only 65,536 ids: what systemd says is nobody's there. */
    static final int FIRST_IN_CONTAINER = 60_578;

    static final int COUNT_IN_CONTAINER = 606;

    private static final int ATTEMPTS = 100;

    /** CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SYS_PTRACE and CAP_SYS_ADMIN, as bits (capabilities(7)). */
    private static final long NEEDED = 1L << 5 | 1L << 6 | 1L << 7 | 1L << 19 | 1L << 21;

    /** One for each process of ours, made when it is first asked for. */
    private static final class OfThisProcess {
        private static final @Nullable JailUser USER = choose(OwnProcess.pid(), Path.of("/proc/self"), Path.of("/etc"));
    }

    /** Of this process's jails; null when they run as who we are. */
    static @Nullable JailUser ofThisProcess() {
        return JailedProcess.isRoot() ? OfThisProcess.USER : null;
    }

    /** Null when this user namespace has hardly any ids, or root hardly any rights: there root is somebody ordinary, too. */
    static @Nullable JailUser choose(long process, Path proc, Path etc) {
        if (!hasCapabilities(proc)) {
            return null;
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            int block = ThreadLocalRandom.current().nextInt(BLOCKS);
            int wide = FIRST + (block << PROCESS_BITS) + (int) (process & ((1 << PROCESS_BITS) - 1));
            int narrow = FIRST_IN_CONTAINER + (int) ((process + i) % COUNT_IN_CONTAINER);
            for (int id : new int[] {wide, narrow}) {
                if (isMapped(id, proc) && !isTaken(id, etc)) {
                    return new JailUser(id);
                }
            }
        }
        return null;
    }

    private static boolean hasCapabilities(Path proc) {
        return lines(proc.resolve("status")).stream()
                .filter(line -> line.startsWith("CapEff:"))
                .anyMatch(line -> (Long.parseUnsignedLong(
                                        line.substring("CapEff:".length()).strip(), 16)
                                & NEEDED)
                        == NEEDED);
    }

    private static boolean isMapped(int id, Path proc) {
        return List.of("uid_map", "gid_map").stream()
                .allMatch(map -> lines(proc.resolve(map)).stream()
                        .map(line -> line.strip().split("\\s+"))
                        .anyMatch(words -> isWithin(id, words[0], words[2])));
    }

    /** An account's or a group's (passwd(5), group(5)), or one that somebody's containers may use (subuid(5)). */
    private static boolean isTaken(int id, Path etc) {
        return List.of("passwd", "group").stream()
                        .flatMap(file -> lines(etc.resolve(file)).stream())
                        .map(line -> line.split(":"))
                        .anyMatch(words -> words.length > 2 && isWithin(id, words[2], "1"))
                || List.of("subuid", "subgid").stream()
                        .flatMap(file -> lines(etc.resolve(file)).stream())
                        .map(line -> line.split(":"))
                        .anyMatch(words -> words.length == 3 && isWithin(id, words[1], words[2]));
    }

    private static boolean isWithin(int id, String first, String count) {
        try {
            long start = Long.parseLong(first);
            return id >= start && id - start < Long.parseLong(count);
        } catch (NumberFormatException e) {
            return false; // A comment, or NIS's "+".
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            if (file.startsWith("/proc")) {
                throw new VmmException(file + " cannot be read: is /proc mounted?", e);
            }
            return List.of(); // Not every host has every one of them.
        }
    }
}
