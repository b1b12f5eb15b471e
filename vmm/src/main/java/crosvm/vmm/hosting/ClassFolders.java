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
 * Class folders instead of jars, as an IDE and Maven's tests have them. A jar stays open, so that a class which is first
 * needed behind a jail's door can still be read; a file in a folder cannot. So all of them are loaded before.
 */
final class ClassFolders {
    private static final String SUFFIX = ".class";

    /** One class of each module that a device process is made of. */
    private static final List<Class<?>> MODULES = List.of(DeviceSpec.class, ConfinedJvm.class, DeviceMain.class);

    private ClassFolders() {}

    /** Loads every class of our modules that are folders; of jars none. */
    static void load() {
        if (Stream.of(System.getProperty("java.class.path").split(":")).allMatch(entry -> entry.endsWith(".jar"))) {
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
