package crosvm.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Native;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

class JnaClassesTest {
    @TempDir
    private Path folder;

    private Path jar = Path.of("");

    /** Calls functions of libc with arguments of every kind that there is, and a function that calls back. */
    static final class Calls {
        public interface Order extends com.sun.jna.Callback {
            int compare(com.sun.jna.Pointer one, com.sun.jna.Pointer other);
        }

        static native int abs(int number);

        static native long labs(long number);

        static native double sqrt(double number);

        static native int toupper(byte letter);

        static native long strlen(String text);

        static native long strnlen(byte[] text, long most);

        static native void qsort(int[] numbers, long count, long size, Order order);

        static native com.sun.jna.Pointer strchr(com.sun.jna.Pointer text, int letter);

        static native float fabsf(float number);

        static native short htons(short number);

        private Calls() {}

        public static void main(String[] arguments) {
            Native.register(Calls.class, com.sun.jna.NativeLibrary.getInstance("m"));
            int[] numbers = {3, 1, 2};
            qsort(numbers, numbers.length, Integer.BYTES, (one, other) -> one.getInt(0) - other.getInt(0));
            com.sun.jna.Memory text = new com.sun.jna.Memory(8);
            text.setString(0, "abc");
            System.out.println(abs(-1) + " " + labs(-1L << 40) + " " + sqrt(16) + " " + toupper((byte) 'a') + " "
                    + strlen("four") + " " + strnlen(new byte[] {1, 2, 0}, 9) + " " + java.util.Arrays.toString(numbers)
                    + " " + strchr(text, 'b').getString(0) + " " + fabsf(-1.5f) + " " + htons((short) 1));
            System.out.println(
                    Native.class.getProtectionDomain().getCodeSource().getLocation());
        }
    }

    @BeforeEach
    void jarOfJna() throws Exception {
        Path original = Path.of(
                Native.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        jar = Files.copy(original, folder.resolve("jna.jar"));
    }

    private String output(String... options) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xlog:class+load:file=" + folder + "/loaded"));
        command.addAll(List.of(options));
        Path classes = folder.resolve("classes/crosvm/build");
        Files.createDirectories(classes);
        for (String name : List.of("JnaClassesTest$Calls", "JnaClassesTest$Calls$Order")) {
            Files.write(classes.resolve(name + ".class"), ProgramJars.own("crosvm/build/" + name));
        }
        command.addAll(List.of("-cp", jar + ":" + folder.resolve("classes"), Calls.class.getName()));
        Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(java.getInputStream(), StandardCharsets.UTF_8))) {
            return said.lines().collect(Collectors.joining("\n"));
        } finally {
            java.waitFor();
        }
    }

    @Test
    void callAsTheyDidWithoutALogAndASecurityManager() throws Exception {
        String before = output();
        assertThat(before)
                .contains("1 1099511627776 4.0 65 4 2 [1, 2, 3] bc 1.5 256")
                .contains(jar.toString());
        assertThat(Files.readString(folder.resolve("loaded"))).contains("java.util.logging.Logger");
        ProgramJars.convert(jar);
        assertThat(output()).isEqualTo(before);
        assertThat(Files.readString(folder.resolve("loaded")))
                .contains("com.sun.jna.NoLog")
                .doesNotContain("java.util.logging.Logger ", "FieldOrder");
    }

    @Test
    void refuseAnotherJna() throws Exception {
        List<JarFolder.Entry> entries = JarFolder.read(jar).stream()
                .map(entry -> entry.name().equals("com/sun/jna/Structure.class")
                        ? entry.with(bytesOf("com/sun/jna/NoLog"))
                        : entry)
                .toList();
        assertThatThrownBy(() -> JnaClasses.in(entries)).hasMessageContaining("another JNA");
    }

    /** In code that runs when a process has idled for half a minute, it would show only then. */
    @Test
    void refuseAJnaThatLogsInAnotherWay() throws Exception {
        List<JarFolder.Entry> entries = new java.util.ArrayList<>(JarFolder.read(jar));
        entries.add(new JarFolder.Entry("com/sun/jna/Other.class", new OtherJna().loggingAs("entering")));
        assertThatThrownBy(() -> JnaClasses.in(entries))
                .hasMessageContaining(
                        "another JNA, which needs of its log what there is not: [com/sun/jna/NoLog.entering");
    }

    /** A class that calls the logger. */
    private static final class OtherJna {
        byte[] loggingAs(String method) {
            ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
            writer.visit(Opcodes.V1_8, Opcodes.ACC_PUBLIC, "com/sun/jna/Other", null, "java/lang/Object", null);
            MethodVisitor code = writer.visitMethod(Opcodes.ACC_STATIC, "log", "()V", null, null);
            code.visitCode();
            code.visitInsn(Opcodes.ACONST_NULL);
            code.visitInsn(Opcodes.ACONST_NULL);
            code.visitInsn(Opcodes.ACONST_NULL);
            code.visitMethodInsn(
                    Opcodes.INVOKEVIRTUAL,
                    "java/util/logging/Logger",
                    method,
                    "(Ljava/lang/String;Ljava/lang/String;)V",
                    false);
            code.visitInsn(Opcodes.RETURN);
            code.visitMaxs(0, 0);
            code.visitEnd();
            return writer.toByteArray();
        }
    }

    private static byte[] bytesOf(String name) {
        try {
            return ProgramJars.own(name);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
