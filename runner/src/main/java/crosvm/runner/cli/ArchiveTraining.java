package crosvm.runner.cli;

import crosvm.vmm.hosting.DeviceMain;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Loads what the program loads in its life, for the class archive that makes later starts fast (see {@code make-archive}
 * beside the launcher): lambdas, method handles and the Java library's own classes too, which only running brings up. Changes
 * nothing. Where KVM does not open or no jail can be made, the archive lacks what only a running machine loads.
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

    /** With what most specs have: the ways that lint goes through them. */
    private static final String LINTED = """
            # A comment.
            name: web # and another
            kernel: {image: vmlinuz, initrd: initrd.img, params: [quiet, "root=/dev/vda"]}
            memory: 2GiB
            cpus: 4
            disks: [{path: root.img, root: true}, {id: data, path: ../data.img, readOnly: false}]
            networks:
              - {hostIp: 192.168.1.1, netmask: 255.255.255.0, mac: "52:54:00:12:34:56", mtu: 9000}
              - {user: true, forward: ["8080:80"]}
              - {tap: tap0, queues: 2}
            vsock: {cid: 3}
            wayland: auto
            balloon: {initial: 64MiB}
            console: {com1: {to: file, path: log}, com2: none, hvc0: {to: socket, path: hvc0.sock}}
            shares: [{tag: src, path: src, readOnly: false}]
            guest: {hostname: web, credentials: {api.token: {file: token}}}
            sandbox: {devices: {rng: thread}, groups: {small: [blk, data]}}
            control: /run/x.sock
            restart: on-crash
            """;

    private static final String WRONG_VALUE = """
            name: "a b"
            kernel: {builtin: hello}
            memory: 1MiB
            cpus: 0
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
        new Crosvm(streams(LINTED)).run(new String[] {"lint", "-"});
        // What Hibernate Validator decides about.
        new Crosvm(streams(WRONG_VALUE)).run(new String[] {"lint", "-"});
        new Crosvm(streams(LINTED)).run(new String[] {"lint", "--format", "json", "-"});
        Path file = Files.createTempFile("crosvm-training", ".vm.yaml");
        try {
            Files.writeString(file, SPEC);
            new Crosvm(streams("")).run(new String[] {"lint", file.toString()});
            new Crosvm(streams("")).run(new String[] {"config", file.toString(), "--hash"});
        } finally {
            Files.delete(file);
        }
        LintTraining.run();
        DeviceMain.rehearse();
        MachineTraining.run();
        loadModules(List.of("schema", "seccomp", "vmm", "runner"), name -> true);
    }

    /**
     * Loads classes of some of our modules.
     *
     * @param wanted tells of each by the name of its file, {@code crosvm/vmm/Example.class}
     */
    static void loadModules(List<String> modules, Predicate<String> wanted) throws IOException, URISyntaxException {
        URI runner =
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        for (String module : modules) {
            loadAll(Path.of(runner).resolveSibling("crosvm-" + module + ".jar"), wanted);
        }
        // Initialised, not only loaded, so that JNA's own classes come along.
        crosvm.vmm.linux.jna.LibC.getpid();
    }

    static Streams streams(String input) {
        return streams(input, System.getenv());
    }

    static Streams streams(String input, Map<String, String> environment) {
        InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Map<String, String> quiet = new HashMap<>(environment);
        quiet.put("CROSVM_DEBUG", "1"); // A failure's trace goes nowhere, instead of into a file that nobody looks for.
        return new Streams(in, nowhere, nowhere, quiet);
    }

    private static void loadAll(Path jar, Predicate<String> wanted) throws IOException {
        try (JarFile file = new JarFile(jar.toFile());
                Stream<JarEntry> entries = file.stream()) {
            entries.map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class") && wanted.test(name))
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
