package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The completion of real shells at a terminal, with the built program. What a key stroke has made of a line is seen by going to the
 * line's start (Ctrl-A), typing {@code echo} before it, and running that.
 */
class CompletionProgramIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    /** sys.argv: what the shell is told first, the shell's command line; on standard input, lines to complete. */
    private static final String TERMINAL = """
            import os, pty, select, sys, time
            master, slave = pty.openpty()
            pid = os.fork()
            if pid == 0:
                os.setsid()
                os.close(master)
                for fd in (0, 1, 2): os.dup2(slave, fd)
                os.ttyname(0) and os.open(os.ttyname(0), os.O_RDWR)
                os.execvp(sys.argv[2], sys.argv[2:])
            seen = b''
            def expect(what):
                global seen
                end = time.time() + 90
                while what not in seen and time.time() < end:
                    if select.select([master], [], [], 0.2)[0]: seen += os.read(master, 65536)
                at = seen.find(what)
                if at < 0: print('NO', what, 'IN', seen); os.kill(pid, 9); sys.exit(1)
                before, seen = seen[:at], seen[at + len(what):]
                return before
            os.write(master, (sys.argv[1] + "; echo rea''dy\\n").encode())
            expect(b'ready')
            for number, line in enumerate(sys.stdin.read().splitlines()):
                os.write(master, (line + '\\t\\x01echo sta""rt-%d: \\x05 :e""nd\\r' % number).encode())
                expect(b'start-%d: ' % number)
                print(line, '->', expect(b':end').decode().strip())
            os.kill(pid, 9)
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void leavesMachines() throws Exception {
        StateFile.running(folder, "web");
        StateFile.ended(folder, "finished", 0, "");
        Files.writeString(folder.resolve("machine.yaml"), "kernel: {builtin: hello}\n");
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Path program = Files.writeString(bin.resolve("crosvm"), "#!/bin/sh\nexec '" + LAUNCHER + "' \"$@\"\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void completesCommandsOptionsValuesMachinesDisksAndFiles(String shell) throws Exception {
        boolean there = new ProcessBuilder("sh", "-c", "command -v " + shell)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
        assumeTrue(there, "no " + shell);
        List<String> command = switch (shell) {
            case "bash" -> List.of("source <(crosvm completion bash)", "bash", "--norc", "--noprofile", "-i");
            case "zsh" ->
                List.of("autoload -U compinit; compinit -u -D; source <(crosvm completion zsh)", "zsh", "-f", "-i");
            default -> List.of("crosvm completion fish | source", "fish", "--no-config", "-i");
        };
        Path lines = Files.writeString(folder.resolve("lines"), """
                crosvm grap
                crosvm config --provenan
                crosvm status w
                crosvm rm f
                crosvm disk resize web da
                crosvm graph --format js
                crosvm graph --format=js
                crosvm up mach
                """);
        assertThat(run(command, lines.toFile())).isEqualTo("""
                crosvm grap -> crosvm graph
                crosvm config --provenan -> crosvm config --provenance
                crosvm status w -> crosvm status web
                crosvm rm f -> crosvm rm finished
                crosvm disk resize web da -> crosvm disk resize web data
                crosvm graph --format js -> crosvm graph --format json
                crosvm graph --format=js -> crosvm graph --format=json
                crosvm up mach -> crosvm up machine.yaml
                """);
    }

    private String run(List<String> shell, File lines) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("/usr/bin/python3", "-c", TERMINAL));
        command.addAll(shell);
        Path output = Files.createTempFile(folder, "out", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(lines)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.environment().put("XDG_CONFIG_HOME", folder.resolve("config").toString());
        builder.environment().put("XDG_DATA_HOME", folder.resolve("data").toString());
        builder.environment().put("HOME", folder.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("TERM", "dumb");
        builder.environment().put("EDITOR", "");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS))
                    .as("the shell ends")
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return Files.readString(output);
    }
}
