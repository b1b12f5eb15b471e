package crosvm.runner.cli;

import crosvm.vmm.linux.OwnProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs of the built-in guest that nobody sees, with devices in jails and without, by which the classes that a machine needs are loaded, linked and in part compiled. Their
 * state is in a folder of their own, so that {@code crosvm ps} has none of them.
 */
final class Rehearsal {
    private static final int RUNS = 8;
    private static final String MACHINE = """
            name: r
            kernel: {builtin: hello}
            memory: 64MiB
            balloon: true
            disks: [{path: disk.img}]
            sandbox: {enabled: ENABLED}
            """;

    private Rehearsal() {}

    /** A machine that cannot run here, as without KVM, fails and tells nobody. */
    static void run(Path folder) throws IOException {
        Path own = Files.createDirectory(folder.resolve("r" + OwnProcess.pid()));
        try {
            Files.write(own.resolve("disk.img"), new byte[1 << 16]);
            Path spec = own.resolve("vm.yaml");
            Map<String, String> environment = new HashMap<>(System.getenv());
            environment.put("XDG_RUNTIME_DIR", own.toString());
            environment.put("CROSVM_DEBUG", "1"); // A failure's trace goes nowhere, instead of into a file.
            for (int i = 0; i < RUNS; i++) {
                Files.writeString(spec, MACHINE.replace("ENABLED", Boolean.toString(i % 2 == 0)));
                PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
                new Crosvm(new Streams(new ByteArrayInputStream(new byte[0]), nowhere, nowhere, environment))
                        .run(List.of("up", spec.toString()).toArray(new String[0]));
            }
        } finally {
            remove(own);
        }
    }

    /** What a process that was killed has left, too. */
    static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
