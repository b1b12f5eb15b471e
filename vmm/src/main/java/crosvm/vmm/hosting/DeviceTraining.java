package crosvm.vmm.hosting;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Loads what a device process loads in its life, for the class archive of device processes ({@code make-archive} beside the
 * launcher): a third of the program's, so that a process has fewer pages of its own. Changes nothing.
 */
public final class DeviceTraining {
    private static final String SUFFIX = ".class";

    /**
     * Rooms of this module of which a device process needs nothing. A Java that keeps an archive linked loads all of it at each start, which
     * takes it 10 µs a class.
     */
    static final List<String> ROOMS_OF_THE_MACHINE = List.of(
            "boot",
            "bus",
            "cgroup",
            "device/acpi",
            "device/cmos",
            "device/i8042",
            "device/pvpanic",
            "device/serial",
            "irq",
            "machine",
            "operation",
            "pci",
            "virtio/pci");

    private DeviceTraining() {}

    /** Rehearses every kind of device, then loads what only a jail or an error brings up. */
    public static void main(String[] arguments) throws IOException {
        DeviceMain.rehearse();
        for (Class<?> one : List.of(DeviceMain.class, crosvm.seccomp.install.ConfinedJvm.class)) {
            loadAll(Path.of(URI.create(
                    one.getProtectionDomain().getCodeSource().getLocation().toString())));
        }
    }

    private static void loadAll(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Enumeration<JarEntry> entries = file.entries();
            while (entries.hasMoreElements()) {
                String name = entries.nextElement().getName();
                if (name.endsWith(SUFFIX) && !name.endsWith("-info" + SUFFIX) && !isOfTheMachine(name)) {
                    load(name.substring(0, name.length() - SUFFIX.length()).replace('/', '.'));
                }
            }
        }
    }

    private static boolean isOfTheMachine(String name) {
        return ROOMS_OF_THE_MACHINE.stream().anyMatch(room -> name.startsWith("crosvm/vmm/" + room + "/"));
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, DeviceTraining.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return; // It needs a library that a device process does without.
        }
    }
}
