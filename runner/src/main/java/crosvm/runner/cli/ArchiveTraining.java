package crosvm.runner.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Loads what the program loads in its life, for the class archive that makes later starts fast (see {@code make-archive}
 * beside the launcher). Needs no KVM and changes nothing.
 */
public final class ArchiveTraining {
    private static final String SPEC = """
            kernel: {image: vmlinuz, initrd: initrd.img, params: quiet}
            memory: 512MiB
            cpus: 2
            disks: [{path: root.img, root: true}, {path: data.img, readOnly: false}]
            networks: [{user: true}]
            vsock: 3
            """;

    private static final List<List<String>> COMMANDS = List.of(
            List.of("--version"),
            List.of("graph", "-", "--memory", "1GiB", "--set", "cpus=3"),
            List.of("graph", "--help"),
            List.of("lint", "-"));

    private ArchiveTraining() {}

    /** Runs the commands that need no host, then loads every class of ours. */
    public static void main(String[] arguments) throws IOException, URISyntaxException {
        for (List<String> command : COMMANDS) {
            new Crosvm(streams(SPEC)).run(command.toArray(String[]::new));
            new Crosvm(streams("kernell: x\nmemory: [1\n")).run(command.toArray(String[]::new));
        }
        Path file = Files.createTempFile("crosvm-training", ".vm.yaml");
        try {
            Files.writeString(file, SPEC);
            new Crosvm(streams("")).run(new String[] {"lint", file.toString()});
            new Crosvm(streams("")).run(new String[] {"config", file.toString(), "--hash"});
        } finally {
            Files.delete(file);
        }
        URI runner =
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        for (String module : List.of("schema", "seccomp", "vmm", "runner")) {
            loadAll(Path.of(runner).resolveSibling("crosvm-" + module + ".jar"));
        }
        // Initialised, not only loaded, so that JNA's own classes come along.
        crosvm.vmm.linux.jna.LibC.getpid();
    }

    private static Streams streams(String input) {
        InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Streams(in, nowhere, nowhere, System.getenv());
    }

    private static void loadAll(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile());
                Stream<JarEntry> entries = file.stream()) {
            entries.map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .forEach(ArchiveTraining::load);
        }
    }

    private static void load(String entry) {
        String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
        try {
            Class.forName(name, false, ArchiveTraining.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalStateException("cannot load " + name, e);
        }
    }
}
