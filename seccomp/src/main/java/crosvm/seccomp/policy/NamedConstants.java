package crosvm.seccomp.policy;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** The names a policy may use for numbers, read once from {@code constants-x86_64.txt}. */
public final class NamedConstants {

    private static final Map<String, Long> BY_NAME = new HashMap<>();
    private static final Map<Integer, String> ERRNO_NAMES = new HashMap<>();
    private static final Pattern ERRNO = Pattern.compile("E[A-Z0-9]+");

    static {
        TextTable.forEachRow("constants-x86_64.txt", row -> {
            long value = Long.decode(row[1]);
            BY_NAME.put(row[0], value);
            if (isErrno(row[0])) {
                // EAGAIN and EWOULDBLOCK, EDEADLK and EDEADLOCK, EOPNOTSUPP and ENOTSUP are one number: the shorter
                // or, of equals, the earlier name is the usual one.
                ERRNO_NAMES.merge((int) value, row[0], NamedConstants::usual);
            }
        });
    }

    private NamedConstants() {}

    private static String usual(String a, String b) {
        return a.length() != b.length() ? (a.length() < b.length() ? a : b) : (a.compareTo(b) < 0 ? a : b);
    }

    /** The number a name stands for: {@code O_RDONLY}, {@code PROT_EXEC}, {@code TUNSETIFF}, {@code EPERM}. */
    public static OptionalLong value(String name) {
        Long value = BY_NAME.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** Whether a name has the form of an errno. */
    static boolean isErrno(String name) {
        return ERRNO.matcher(name).matches();
    }

    /** The errno's name, or its number when it has none. */
    public static String errnoName(int number) {
        return ERRNO_NAMES.getOrDefault(number, Integer.toString(number));
    }

    /** Every name with its number. */
    public static Map<String, Long> all() {
        return Collections.unmodifiableMap(BY_NAME);
    }
}
