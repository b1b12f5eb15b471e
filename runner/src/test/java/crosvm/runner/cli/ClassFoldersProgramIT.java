package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as an IDE starts it: folders of classes on the class path, no launcher, no class archive; jails are on. */
class ClassFoldersProgramIT {
    private static final List<String> MODULES = List.of("schema", "seccomp", "vmm", "runner");

    @TempDir
    Path temporary;

    private Path folder;
    private Path spec;

    private record Result(int status, String out, String err) {}

    @BeforeEach
    void placeClassesUnderAPathWithBlanks() throws IOException {
        folder = Files.createDirectories(temporary.resolve("my projects/class folders"));
        for (String module : MODULES) {
            copy(Path.of("..", module, "target/classes"), folder.resolve(module));
        }
        try (RandomAccessFile disk =
                new RandomAccessFile(folder.resolve("d.img").toFile(), "rw")) {
            disk.setLength(1 << 20);
        }
        spec = Files.writeString(
                folder.resolve("vm.yaml"),
                "name: from-an-ide\nkernel: {builtin: hello}\ndisks: [{id: d, path: d.img}]\nsandbox: on\n");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private Result run(String... words) throws Exception {
        List<String> entries = new ArrayList<>();
        MODULES.forEach(module -> entries.add(folder.resolve(module).toString()));
        for (String library : Files.readString(Path.of("target/test-classpath")).split(":")) {
            if (!Path.of(library).getFileName().toString().startsWith("crosvm-")) {
                entries.add(library);
            }
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                String.join(":", entries),
                Main.class.getName()));
        command.addAll(List.of(words));
        Path out = Files.createTempFile(temporary, "out", "");
        Path err = Files.createTempFile(temporary, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(temporary.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", temporary.toString());
        Process process = builder.start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    void bootsWithADiskAndRandomBytesInJails() throws Exception {
        Result result = run("up", spec.toString());
        assertThat(result.err()).doesNotContain("crosvm:");
        assertThat(result.out()).contains("virtio disk, 1024 KiB", "virtio entropy source", "Goodbye.");
        assertThat(result.status()).isZero();
    }

    @Test
    void bootsInTheBackground() throws Exception {
        Result result = run("up", "-d", "--wait", "Goodbye", spec.toString());
        assertThat(result.err()).doesNotContain("crosvm:");
        assertThat(result.status()).as(result.toString()).isZero();
        assertThat(run("wait", "from-an-ide").status()).isZero();
    }
}
