package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a secret's bytes, a credential's and those filled into user data, stand nowhere on the host but in the memory of the machine's process. */
class SecretsKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();
    private static final String SECRET = "s3cret-" + "of-a-variable";
    private static final String SEED_SECRET = "s3cret-" + "of-user-data";
    private static final String FILE_SECRET = "s3cret-" + "of-a-file";

    @TempDir
    Path folder;

    private Path runtime;
    private String seedSecret = SEED_SECRET;

    @BeforeEach
    void needsKvm() throws IOException {
        KvmMachines.assumeKvm();
        runtime = Files.createDirectory(folder.resolve("run"));
        Files.write(folder.resolve("kernel"), TinyKernel.elf(TinyKernel.SPIN));
        Path file = Files.writeString(folder.resolve("secret.txt"), FILE_SECRET);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(folder.resolve("vm.yaml"), """
                name: safe
                kernel: kernel
                memory: 32MiB
                rng: true
                guest:
                  credentials:
                    token: {env: CROSVM_TEST_TOKEN}
                    other: secret.txt
                  cloudInit:
                    userData: |
                      #cloud-config
                      runcmd: [echo $$HOME]
                      password: ${CROSVM_TEST_SEED}
                """);
    }

    private Process crosvm(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(words[0] + ".out").toFile());
        builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
        builder.environment().put("CROSVM_TEST_TOKEN", SECRET);
        builder.environment().put("CROSVM_TEST_SEED", seedSecret);
        return builder.start();
    }

    private void end(Process process) throws Exception {
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void areFoundInNoEnvironmentCommandLineFileOrLogOfAMachineInTheBackground() throws Exception {
        Process up = crosvm("up", "-d", "--wait", "R", "vm.yaml");
        end(up);
        InstanceState state =
                new StateFolders(runtime.resolve("crosvm")).of("safe").read();
        assertThat(state).as(Files.readString(folder.resolve("up.out"))).isNotNull();
        try {
            assertThat(up.exitValue()).isZero();
            assertHidden(state.process().pid());
            for (String command : List.of("status", "graph", "config", "ps")) {
                end(command.equals("status") ? crosvm(command, "safe") : crosvm(command));
                assertThat(folder.resolve(command + ".out")).isNotEmptyFile();
            }
            assertThat(folder.resolve("config.out"))
                    .content()
                    .contains("echo $$HOME]", "password: ${CROSVM_TEST_SEED}");
            Process again = crosvm("up", "-d", "vm.yaml");
            end(again);
            assertThat(again.exitValue()).isZero();
            assertThat(folder.resolve("up.out")).content().contains("nothing changed. Attach with");
            seedSecret = "another-" + SEED_SECRET;
            Process other = crosvm("up", "-d", "vm.yaml");
            end(other);
            assertThat(other.exitValue()).isEqualTo(1);
            assertThat(folder.resolve("up.out"))
                    .content()
                    .contains("guest.cloudInit: variables that are filled in have other values");
            end(crosvm("down", "--timeout", "0", "safe"));
        } finally {
            KvmMachines.end(state);
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(text).as(file.toString()).doesNotContain(SECRET, SEED_SECRET);
                if (!file.endsWith("secret.txt")) {
                    assertThat(text).as(file.toString()).doesNotContain(FILE_SECRET);
                }
            }
        }
    }

    @Test
    void areErasedFromTheEnvironmentOfAMachineOnATerminal() throws Exception {
        Process up = crosvm("up", "vm.yaml");
        try {
            Path out = folder.resolve("up.out");
            for (int i = 0; i < 1200 && up.isAlive() && Files.size(out) == 0; i++) {
                Thread.sleep(50);
            }
            assertThat(out).hasContent("R");
            assertHidden(up.pid());
        } finally {
            up.destroy();
            end(up);
        }
    }

    /** Of the process and of all that it has started. */
    private static void assertHidden(long pid) throws IOException {
        List<Long> pids = new ArrayList<>(List.of(pid));
        ProcessHandle.of(pid).orElseThrow().descendants().forEach(child -> pids.add(child.pid()));
        int seen = 0;
        for (long each : pids) {
            for (String file : List.of("environ", "cmdline")) {
                Path path = Path.of("/proc", String.valueOf(each), file);
                try {
                    String text = Files.readString(path, StandardCharsets.ISO_8859_1);
                    assertThat(text).as(path.toString()).doesNotContain(SECRET, FILE_SECRET, SEED_SECRET);
                    seen += text.length();
                } catch (IOException e) {
                    assertThat(each).as("a jail's own file").isNotEqualTo(pid);
                }
            }
        }
        assertThat(seen).isPositive();
    }
}
