package crosvm.seccomp.policy;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The system calls of x86-64 by name and by number, read once from {@code syscalls-x86_64.txt}. */
public final class SyscallTable {

    private static final Map<String, Syscall> BY_NAME = new HashMap<>();
    private static final Map<Integer, Syscall> BY_NUMBER = new TreeMap<>();

    static {
        TextTable.forEachRow("syscalls-x86_64.txt", row -> {
            Syscall syscall = new Syscall(Integer.parseInt(row[0]), row[1], row[2].equals("-") ? "" : row[2]);
            BY_NAME.put(syscall.name(), syscall);
            BY_NUMBER.put(syscall.number(), syscall);
        });
    }

    private SyscallTable() {}

    public static Optional<Syscall> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    public static Optional<Syscall> byNumber(int number) {
        return Optional.ofNullable(BY_NUMBER.get(number));
    }

    /** The name for a person: a number the table does not know is shown as a number. */
    public static String nameOf(int number) {
        return byNumber(number).map(Syscall::name).orElseGet(() -> "syscall " + number);
    }

    /** All of them, by number. */
    public static Collection<Syscall> all() {
        return Collections.unmodifiableCollection(BY_NUMBER.values());
    }
}
