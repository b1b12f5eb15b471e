package crosvm.runner.serve;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.Terminal;
import java.io.File;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Makes this process stand for a caller: its descriptors, folder, environment. Java reads the latter two once, at its start, and has no
 * call to set them; they are set in its own objects, for which the JVM is started with {@link #OPTIONS}. {@link #rehearse} finds out
 * whether this Java has them where they are looked for. Used by one thread, before there are others that mind.
 */
final class TakenOver {
    /** What opens these objects to us. */
    static final List<String> OPTIONS = List.of(
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.fs=ALL-UNNAMED");

    private static final String FOLDER = "user.dir";

    private TakenOver() {}

    /**
     * Tries it, with what this process has.
     *
     * @throws VmmException when this Java does not let it
     */
    static void rehearse() {
        Path here = Path.of("").toAbsolutePath();
        Map<String, String> ours = Map.copyOf(System.getenv());
        Path elsewhere = Path.of("/proc");
        setFolder(elsewhere);
        setEnvironment(Map.of("CROSVM_REHEARSAL", "1"));
        boolean works = Path.of("").toAbsolutePath().equals(elsewhere)
                && new File("self").getAbsolutePath().equals("/proc/self")
                && System.getenv().equals(Map.of("CROSVM_REHEARSAL", "1"))
                && new ProcessBuilder().environment().equals(System.getenv());
        setFolder(here);
        setEnvironment(ours);
        if (!works) {
            throw new VmmException("this Java (" + Runtime.version() + ") does not let a process be prepared");
        }
    }

    /**
     * Takes over.
     *
     * @param descriptors the caller's 0, 1, 2 and its working directory; closed by the caller of this method
     * @param folder the path of that directory
     * @param environment the caller's
     */
    static void take(List<Fd> descriptors, Path folder, Map<String, String> environment) {
        for (int i = 0; i < 3; i++) {
            OwnProcess.place(descriptors.get(i), i);
        }
        OwnProcess.enter(descriptors.get(3));
        setFolder(folder);
        setEnvironment(environment);
        System.setProperty("crosvm.terminal", isTerminal(1));
        System.setProperty("crosvm.progress", isTerminal(2));
    }

    private static String isTerminal(int fd) {
        try (Terminal terminal = Terminal.of(fd)) {
            return terminal.isTerminal() ? "1" : "0";
        }
    }

    private static void setFolder(Path folder) {
        try {
            Object nio = FileSystems.getDefault();
            set(nio, nio.getClass().getSuperclass(), "defaultDirectory", bytes(folder));
            Object io = get(null, File.class, Runtime.version().feature() < 21 ? "fs" : "FS");
            set(io, io.getClass(), "userDir", folder.toString());
            System.setProperty(FOLDER, folder.toString());
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new VmmException(
                    "this Java (" + Runtime.version() + ") keeps its working directory elsewhere: " + e, e);
        }
    }

    private static byte[] bytes(Path folder) {
        return folder.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The view that System.getenv and ProcessBuilder share knows how to be written. */
    private static void setEnvironment(Map<String, String> environment) {
        try {
            Object unmodifiable =
                    get(null, Class.forName("java.lang.ProcessEnvironment"), "theUnmodifiableEnvironment");
            @SuppressWarnings("unchecked")
            Map<String, String> variables = (Map<String, String>) get(unmodifiable, unmodifiable.getClass(), "m");
            variables.clear();
            variables.putAll(environment);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new VmmException("this Java (" + Runtime.version() + ") keeps its environment elsewhere: " + e, e);
        }
    }

    private static Object get(@org.jspecify.annotations.Nullable Object of, Class<?> type, String name)
            throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return java.util.Objects.requireNonNull(field.get(of), name);
    }

    private static void set(Object of, Class<?> type, String name, Object value) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        field.set(of, value);
    }
}
