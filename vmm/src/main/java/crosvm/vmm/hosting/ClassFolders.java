package crosvm.vmm.hosting;

import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.seccomp.install.ConfinedJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where classes come from that are first needed behind a jail's door, where no file can be opened. A jar stays open, so all are
 * opened before; a file in a class folder, as an IDE and Maven's tests have them, does not, so all of them are loaded before.
 */
final class ClassFolders {
    private static final String SUFFIX = ".class";

    /** Is looked for in every jar. */
    private static final String NOWHERE = "crosvm/nothing";

    /** One class of each module that a device process is made of. */
    private static final List<Class<?>> MODULES = List.of(DeviceSpec.class, ConfinedJvm.class, DeviceMain.class);

    private ClassFolders() {}

    /** Loads every class of our modules that are folders, and opens all jars: classes of the class archive have opened none. */
    static void load() {
        ClassLoader.getSystemResource(NOWHERE);
        boolean folders = false;
        for (String entry : System.getProperty("java.class.path").split(":")) {
            folders |= !entry.endsWith(".jar");
        }
        if (!folders) {
            return;
        }
        for (Class<?> one : MODULES) {
            Path place = Path.of(URI.create(
                    one.getProtectionDomain().getCodeSource().getLocation().toString()));
            if (Files.isDirectory(place)) {
                load(place);
            }
        }
    }

    private static void load(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.map(file -> folder.relativize(file).toString())
                    .filter(name -> name.endsWith(SUFFIX) && !name.endsWith("package-info" + SUFFIX))
                    .map(name ->
                            name.substring(0, name.length() - SUFFIX.length()).replace('/', '.'))
                    .forEach(ClassFolders::loadClass);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void loadClass(String name) {
        try {
            Class.forName(name, false, ClassFolders.class.getClassLoader());
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            return; // It needs a library that a device process does without.
        }
    }
}
