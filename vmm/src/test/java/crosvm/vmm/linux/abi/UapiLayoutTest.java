package crosvm.vmm.linux.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every struct member and ioctl number of this package against a committed text, and that text against the kernel's and
 * libc's own headers where a C compiler is at hand. Constants are found by reflection, so none can be forgotten.
 */
class UapiLayoutTest {
    private static final Path COMMITTED = Path.of("src/test/resources/uapi-x86_64.txt");
    private static final Path GENERATED = Path.of("target/uapi-x86_64.txt");

    /** What the C program includes, as far as the machine has it. */
    private static final List<String> HEADERS = List.of(
            "fcntl.h",
            "poll.h",
            "termios.h",
            "sys/epoll.h",
            "sys/ioctl.h",
            "sys/socket.h",
            "sys/uio.h",
            "sys/un.h",
            "asm/bootparam.h",
            "linux/elf.h",
            "linux/if_tun.h",
            "linux/io_uring.h",
            "linux/kvm.h",
            "linux/stat.h",
            "linux/vhost.h",
            "linux/vm_sockets.h",
            "net/if.h",
            "netinet/in.h");

    private static List<Class<?>> classes() {
        try {
            Path root = Path.of(Struct.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path folder = root.resolve(Struct.class.getPackageName().replace('.', '/'));
            try (Stream<Path> files = Files.list(folder)) {
                List<Class<?>> classes = new ArrayList<>();
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".class")).toList()) {
                    String name = file.getFileName().toString().replace(".class", "");
                    classes.add(Class.forName(Struct.class.getPackageName() + "." + name));
                }
                return classes;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException | ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The constants of one type, by the names they have in Java. */
    @SuppressWarnings("unchecked")
    private static <T> Map<String, T> constants(Class<T> type) {
        Map<String, T> found = new TreeMap<>();
        for (Class<?> owner : classes()) {
            for (var member : owner.getDeclaredFields()) {
                if (Modifier.isStatic(member.getModifiers()) && member.getType() == type) {
                    try {
                        member.setAccessible(true);
                        found.put(owner.getSimpleName() + "." + member.getName(), (T) member.get(null));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }
        return found;
    }

    private static List<Struct> structs() {
        return constants(Struct.class).values().stream()
                .sorted(Comparator.comparing(Struct::name))
                .toList();
    }

    private static List<Ioctl> ioctls() {
        return constants(Ioctl.class).values().stream()
                .sorted(Comparator.comparing(Ioctl::name))
                .toList();
    }

    private static String declared() {
        StringBuilder text = new StringBuilder();
        for (Struct struct : structs()) {
            text.append("struct " + struct.name() + " " + (struct.isPartial() ? "partial" : struct.size()) + "\n");
            for (Field field : struct.fields()) {
                text.append("  " + field.name() + " at " + field.offset() + " size " + field.size() + "\n");
            }
        }
        ioctls().forEach(i -> text.append("ioctl " + i.name() + " 0x" + Long.toHexString(i.request()) + "\n"));
        return text.toString();
    }

    /** A C program that prints the same text from its own headers. */
    private static String program() {
        StringBuilder c = new StringBuilder(includes() + "int main(void) {\n");
        for (Struct struct : structs()) {
            String type = "struct " + struct.name();
            c.append(
                    struct.isPartial()
                            ? "puts(\"" + type + " partial\");\n"
                            : "printf(\"" + type + " %zu\\n\", sizeof(" + type + "));\n");
            for (Field field : struct.fields()) {
                c.append("printf(\"  " + field.name() + " at %zu size %zu\\n\", offsetof(" + type + ", " + field.name()
                        + "), sizeof(((" + type + " *) 0)->" + field.name() + "));\n");
            }
        }
        ioctls().forEach(i -> c.append(
                "printf(\"ioctl " + i.name() + " 0x%lx\\n\", (unsigned long) (unsigned int) " + i.name() + ");\n"));
        return c.append("return 0;\n}\n").toString();
    }

    private static String includes() {
        StringBuilder c = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdio.h>\n");
        HEADERS.forEach(h -> c.append("#if __has_include(<" + h + ">)\n#include <" + h + ">\n#endif\n"));
        return c.toString();
    }

    @Test
    void isWhatTheCommittedTextSays() throws IOException {
        String declared = declared();
        Files.writeString(GENERATED, declared);
        assertThat(declared)
                .as("if the change is meant: cp vmm/%s vmm/%s, and see that gcc agrees", GENERATED, COMMITTED)
                .isEqualTo(Files.readString(COMMITTED));
    }

    @Test
    void isWhatTheCompilerSays(@TempDir Path folder) throws Exception {
        assertThat(declared()).isEqualTo(compiledAndRun(folder, program()));
    }

    @Test
    void constantsWithANameOfCsHaveItsValue(@TempDir Path folder) throws Exception {
        Map<String, Integer> constants = new TreeMap<>(constants(int.class));
        Stream.of(KvmCap.values()).forEach(cap -> constants.put("KvmCap." + cap.name(), cap.number()));
        StringBuilder c = new StringBuilder(includes() + "int main(void) {\n");
        StringBuilder declared = new StringBuilder();
        constants.forEach((javaName, value) -> {
            String name = javaName.substring(javaName.indexOf('.') + 1);
            c.append("#ifdef " + name + "\nprintf(\"" + javaName + " %d\\n\", (int) (" + name + "));\n#endif\n");
            declared.append(javaName + " " + value + "\n");
        });
        List<String> compiled = compiledAndRun(
                        folder, c.append("return 0;\n}\n").toString())
                .lines()
                .toList();
        assertThat(compiled).as("C knows some of them").contains("KvmCap.KVM_CAP_IRQCHIP 0", "Flock.F_WRLCK 1");
        assertThat(declared.toString().lines()).containsAll(compiled);
    }

    private static String compiledAndRun(Path folder, String program) throws Exception {
        assumeTrue(onPath("gcc"), "no gcc on the PATH");
        Path source = Files.writeString(folder.resolve("layout.c"), program);
        Path binary = folder.resolve("layout");
        String complaints = run("gcc", "-w", "-o", binary.toString(), source.toString());
        assertThat(complaints)
                .as("headers are missing (Debian: libc6-dev, linux-libc-dev), or HEADERS lacks one")
                .isEmpty();
        return run(binary.toString());
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return output;
    }

    @Test
    void everyMemberBelongsToAStruct() {
        Map<Field, Boolean> members = new IdentityHashMap<>();
        structs().forEach(struct -> struct.fields().forEach(field -> members.put(field, true)));
        assertThat(constants(Field.class))
                .as("members whose struct is no constant are compared with nothing")
                .allSatisfy((name, field) -> assertThat(members).containsKey(field));
    }

    @Test
    void structNamesAreUnique() {
        assertThat(structs().stream().map(Struct::name)).doesNotHaveDuplicates();
    }
}
