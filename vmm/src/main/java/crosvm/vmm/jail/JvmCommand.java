package crosvm.vmm.jail;

import crosvm.seccomp.install.ConfinedJvm;
import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;

/** The command line of one of our own programs in a jail: this JVM's Java and class path, the options of the jail's policy. */
public final class JvmCommand {
    /** Where JNA finds its library: what holds for this JVM holds for its children. */
    private static final List<String> INHERITED = List.of(
            "jna.boot.library.path", "jna.nounpack", "jna.noclasspath", "jna.platform.library.path", "jna.tmpdir");

    /** Set by the launcher: the class archive this JVM was started with. It serves every class path that begins with ours. */
    private static final String ARCHIVE = "crosvm.archive";

    private JvmCommand() {}

    /**
     * @param heapMebibytes the whole heap, 4 or more
     * @param moreOptions of the JVM, such as the class archive to use
     */
    public static List<String> of(int heapMebibytes, List<String> moreOptions, Class<?> main, List<String> arguments) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(ConfinedJvm.options(Runtime.version().feature(), heapMebibytes));
        for (String property : INHERITED) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        String archive = System.getProperty(ARCHIVE);
        if (archive != null) {
            command.addAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto"));
        }
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr"));
        command.addAll(moreOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /**
     * Checks that the jail's user can read this program when root starts it, which runs it as nobody.
     *
     * @throws VmmException naming the first file or folder that only its owner can read
     */
    static void requireReadableByEverybody(List<String> command) {
        List<Path> needed = new ArrayList<>(List.of(Path.of(command.get(0))));
        int classPath = command.indexOf("-cp");
        if (classPath > 0) {
            for (String entry : command.get(classPath + 1).split(":")) {
                needed.add(Path.of(entry).toAbsolutePath());
            }
        }
        needed.forEach(JvmCommand::requireReadable);
    }

    private static void requireReadable(Path file) {
        try {
            for (Path part = file.toRealPath(); part != null; part = part.getParent()) {
                boolean folder = Files.isDirectory(part);
                PosixFilePermission needed =
                        folder ? PosixFilePermission.OTHERS_EXECUTE : PosixFilePermission.OTHERS_READ;
                if (!Files.getPosixFilePermissions(part).contains(needed)) {
                    throw new VmmException("sandbox: a jail started by root runs as nobody, who cannot read " + file
                            + " (" + part
                            + " is closed to others). Install crosvm where everybody can read it, or start it as"
                            + " an ordinary user");
                }
            }
        } catch (IOException e) {
            throw new VmmException("sandbox: " + file + " cannot be looked at: " + e.getMessage(), e);
        }
    }
}
