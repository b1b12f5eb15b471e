package crosvm.runner.cli;

import crosvm.runner.report.Output;
import crosvm.schema.model.TextHash;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Loads what a machine's process loads in its life, for the class archive of {@code up} ({@code make-archive} beside the launcher):
 * two thirds of the program's, so that fewer pages are in memory for as long as the machine runs. Changes nothing. Where KVM does
 * not open or no jail can be made, the archive lacks what only a running machine loads.
 */
public final class MachineTraining {
    /** A machine that needs no files: on threads, so that every device runs in this process, and in jails. */
    private static final String MACHINE = """
            # A comment.
            name: 'crosvm-training'
            kernel:
              builtin: hello
            memory: "64MiB"
            disks:
            - path: DISK
              readOnly: false
            balloon: true
            console: {hvc0: {to: none}}
            sandbox: {enabled: ENABLED}
            """;

    /** What lint alone does, and what the built-in guest is made with. */
    private static final List<String> RARE_ROOMS = List.of("schema/lint/", "vmm/boot/hello/");

    private MachineTraining() {}

    /** Runs machines, then loads what other machines are made of. */
    public static void main(String[] arguments) throws IOException, URISyntaxException {
        run();
        // What only Main uses.
        Output.ofProcess();
        Prelude.begin(new String[] {"up"});
        Prelude.load();
        TextHash.hex(""); // Of which the address of a network card is made.
        ArchiveTraining.loadModules(List.of("schema", "seccomp", "vmm"), MachineTraining::isOftenUsed);
    }

    /**
     * What no machine above has loaded is worth its place when machines that are otherwise usual need it: a Java that keeps an archive
     * linked loads all of it at each start, which takes it 10 µs a class. The closures of the other modules mostly report mistakes in the file.
     */
    private static boolean isOftenUsed(String name) {
        String inModule = name.substring(name.indexOf('/') + 1);
        return RARE_ROOMS.stream().noneMatch(inModule::startsWith)
                && (!name.contains("$$Closure") || name.startsWith("crosvm/vmm/"));
    }

    /** On threads and in jails; asks for nothing but what it loads on the way, to success or to an error. */
    static void run() throws IOException {
        Path folder = Files.createTempDirectory("crosvm-training");
        Path disk = folder.resolve("disk.img");
        Path spec = folder.resolve("vm.yaml");
        try {
            Files.write(disk, new byte[1 << 16]);
            for (boolean jailed : List.of(false, true)) {
                Files.writeString(
                        spec, MACHINE.replace("DISK", disk.toString()).replace("ENABLED", Boolean.toString(jailed)));
                for (String command : List.of("up", "ps")) {
                    String[] words =
                            command.equals("up") ? new String[] {command, spec.toString()} : new String[] {command};
                    Streams streams = ArchiveTraining.streams("", Map.of("XDG_RUNTIME_DIR", folder.toString()));
                    new Crosvm(streams).run(words);
                }
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }
}
