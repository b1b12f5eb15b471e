package crosvm.vmm.jail;

import crosvm.seccomp.install.ConfinedJvm;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.LibraryLogs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The command line of one of our own programs in a jail: this JVM's Java and class path, the options of the jail's policy. */
public final class JvmCommand {
    /** Where JNA finds its library: what holds for this JVM holds for its children. */
    private static final List<String> INHERITED = List.of(
            "jna.boot.library.path", "jna.nounpack", "jna.noclasspath", "jna.platform.library.path", "jna.tmpdir");

    /** Set by the launcher: the class archive this JVM was started with. It serves every class path that begins with ours. */
    private static final String ARCHIVE = "crosvm.archive";

    /** Set by the launcher: a smaller one, of the classes of device processes, for {@link #DEVICE_JARS} as the class path. */
    private static final String DEVICE_ARCHIVE = "crosvm.archive.device";

    /** What a device process is made of; {@code make-archive} has the same. */
    private static final List<String> DEVICE_JARS =
            List.of("crosvm-vmm.jar", "crosvm-schema.jar", "crosvm-seccomp.jar", "jna.jar");

    /** The packages of the programs that these are enough for. */
    private static final String ENGINE = "crosvm.vmm.";

    /** Set to 1 by the launcher when the class archive is to lie at a random address, in device processes too. */
    private static final String RELOCATION = "crosvm.archive.relocation";

    private JvmCommand() {}

    /**
     * @param heapMebibytes the whole heap, 4 or more
     * @param moreOptions of the JVM, such as the class archive to use
     */
    public static List<String> of(int heapMebibytes, List<String> moreOptions, Class<?> main, List<String> arguments) {
        Path java = ProgramFiles.real(Path.of(System.getProperty("java.home"))).resolve("bin/java");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(ConfinedJvm.options(Runtime.version().feature(), heapMebibytes));
        for (String property : INHERITED) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        command.add("-Djava.util.logging.manager=" + LibraryLogs.class.getName());
        String ofDevices = main.getName().startsWith(ENGINE) ? System.getProperty(DEVICE_ARCHIVE) : null;
        String archive = ofDevices == null ? System.getProperty(ARCHIVE) : ofDevices;
        if (archive != null) {
            command.addAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto"));
        }
        // At the address it was made for, all processes share its pages; elsewhere each patches a copy of its own.
        command.add("-XX:ArchiveRelocationMode=" + System.getProperty(RELOCATION, "0"));
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr"));
        command.addAll(moreOptions);
        command.addAll(List.of("-cp", ofDevices == null ? classPath() : deviceClassPath(), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /** Beside the program's jar; of a few jars, each of which a JVM looks at. */
    private static String deviceClassPath() {
        Path folder = folder(ProgramFiles.real(Path.of(System.getProperty("java.class.path"))));
        List<String> jars = new ArrayList<>();
        for (String jar : DEVICE_JARS) {
            jars.add(folder.resolve(jar).toString());
        }
        return String.join(":", jars);
    }

    /** Without what is not there, and absolute: a jail starts in the root folder. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(":"))
                .map(Path::of)
                .filter(Files::exists)
                .map(entry -> ProgramFiles.real(entry).toString())
                .collect(Collectors.joining(":"));
    }

    /**
     * What a program of a jail is made of: the program itself, and of a Java its home, the folders of its class path (a jar
     * names others beside it) and of its libraries.
     *
     * @throws VmmException when something is not there
     */
    static ProgramFiles files(List<String> command) {
        Path program = Path.of(command.get(0));
        int classPath = command.indexOf("-cp");
        if (classPath < 0) {
            return ProgramFiles.of(List.of(program));
        }
        List<Path> needed = new ArrayList<>(List.of(home(program)));
        for (String entry : command.get(classPath + 1).split(":")) {
            needed.add(Files.isDirectory(Path.of(entry)) ? Path.of(entry) : folder(Path.of(entry)));
        }
        for (String word : command.subList(0, classPath)) {
            int value = word.indexOf('=') + 1;
            if (word.startsWith("-Djna.boot.library.path=") || word.startsWith("-XX:SharedArchiveFile=")) {
                needed.add(Path.of(word.substring(value)));
            }
        }
        return ProgramFiles.of(needed);
    }

    private static Path home(Path java) {
        return folder(folder(java));
    }

    private static Path folder(Path file) {
        return Objects.requireNonNull(file.getParent(), file::toString);
    }
}
