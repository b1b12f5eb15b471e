package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be written is said, and never called a success. */
class OutputProgramIT {
    private static final String FULL = "No space left on device";

    @TempDir
    private Path folder;

    @BeforeEach
    void writesASpec() throws Exception {
        Files.writeString(folder.resolve("vm.yaml"), "name: web\nkernel: {builtin: hello}\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "schema",
                "--version",
                "--help",
                "up --help",
                "config",
                "graph",
                "graph --security",
                "graph --format json",
                "graph --format svg",
                "lint",
                "lint --format sarif",
                "ps",
                "ps -a --format json",
                "doctor",
                "completion bash",
                "run --print-spec x",
                "init new"
            })
    void failsWithOneLineWhenItsOutputFindsNoRoom(String command) throws Exception {
        Program.Result result = Program.script(folder, "$crosvm " + command + " >/dev/full");
        assertThat(result.err()).isEqualTo("crosvm: standard output: write: " + FULL + ". The output is incomplete\n");
        assertThat(result.status()).isEqualTo(1);
    }

    @Test
    void saysSoOfAGuestsConsoleToo() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "no KVM");
        Program.Result result = Program.script(folder, "$crosvm up >/dev/full");
        assertThat(result.err())
                .contains("crosvm: standard output: write: ENOSPC")
                .contains("The output is incomplete");
        assertThat(result.status()).isEqualTo(1);
        Program.Result background = Program.script(
                folder,
                "$crosvm up -d >/dev/full; echo up $? >&2; $crosvm logs web >/dev/full; echo logs $? >&2; $crosvm down");
        assertThat(background.err()).contains("logs 1");
    }

    @Test
    void isSilentWhenItsReaderHasHadEnough() throws Exception {
        Program.Result result =
                Program.script(folder, "{ $crosvm schema; echo status $? >&2; } | head -c 1 >/dev/null");
        assertThat(result.err()).isEqualTo("status 0\n");
    }

    /** A real file system with no room but for the name. */
    @Test
    void leavesNoHalfSpecOnAFullDisk() throws Exception {
        assumeTrue(Program.isRoot(), "mounting needs root");
        Files.createDirectory(folder.resolve("disk"));
        Program.Result result = Program.script(
                folder,
                "exec unshare -m sh -c 'mount -t tmpfs -o size=64k none disk && head -c 48k /dev/zero >disk/big;"
                        + " $crosvm init disk; echo status $?; ls -A disk; rm disk/big;"
                        + " mount -o remount,size=1m disk; $crosvm init disk; echo status $?; ls -A disk;"
                        + " $crosvm lint disk'");
        assertThat(result.err()).isEqualTo("crosvm: disk/vm.yaml: cannot be written: no space left on device\n");
        assertThat(result.out())
                .startsWith("status 1\nbig\nwrote disk/vm.yaml")
                .contains("status 0\nvm.schema.json\nvm.yaml\n")
                .contains("1 file, 0 errors");
    }
}
