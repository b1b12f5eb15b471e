package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReaderJailIT {
    private static final int SECONDS = 60;

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void writeAFile() throws IOException {
        file = Files.writeString(folder.resolve("a file"), "content\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    }

    private String shell(String script) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String failure = ReaderJail.ofHost().run(file, List.of("/bin/sh", "-c", script), out, 1 << 20, SECONDS);
        return out.toString(StandardCharsets.UTF_8) + failure;
    }

    @Test
    void showsTheFileAndUsrAndNothingElse() throws IOException {
        assertThat(
                        shell(
                                "cat /file; cd /; echo *; echo /proc/*; ls -d /etc /root /home /tmp /dev 2>/dev/null; ls /usr/bin/sh"))
                .startsWith("content\n")
                .contains(" file ", " usr\n", "/proc/*\n", "/usr/bin/sh")
                .doesNotContain("etc", "root", "home", "tmp", "dev");
    }

    @Test
    void letsNothingBeWrittenOrMountedOrReached() throws IOException {
        assertThat(shell("echo x >/file")).contains("/file");
        assertThat(shell("echo x >/usr/crosvm-test")).contains("Read-only file system");
        assertThat(shell("mkdir /x")).contains("Read-only file system");
        assertThat(shell("mount -t tmpfs x /proc")).isNotEmpty();
        assertThat(shell("unshare --user true")).isNotEmpty();
        assertThat(shell("echo $$")).isEqualTo("1\n");
        assertThat(file).hasContent("content");
    }

    @Test
    void runsWithoutAnyCapability() throws IOException {
        // No /proc in there: setpriv tells by prctl(2), what it cannot tell is tried.
        assertThat(shell("setpriv --dump"))
                .contains("no_new_privs: 1", "Inheritable capabilities: [none]", "Ambient capabilities: [none]");
        assertThat(shell("setpriv --clear-groups --reuid=12 true")).isNotEmpty();
        assertThat(shell("chroot / true")).isNotEmpty();
        assertThat(shell("hostname x")).isNotEmpty();
    }

    @Test
    void passesOnWhatTheProgramSaysWhenItFails() throws IOException {
        assertThat(shell("echo 'no such \033[31mthing' >&2; exit 3")).isEqualTo("no such  [31mthing");
        assertThat(shell("exit 3")).isEqualTo("it ended with status 3");
    }

    @Test
    void endsAProgramThatWritesTooMuchOrTakesTooLong() {
        ReaderJail jail = ReaderJail.ofHost();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatThrownBy(() -> jail.run(file, List.of("/bin/sh", "-c", "yes"), out, 1 << 20, SECONDS))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("more than 1048576 bytes");
        assertThatThrownBy(() -> jail.run(file, List.of("/bin/sh", "-c", "sleep 1000"), out, 1 << 20, 1))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("has not ended within 1 s");
    }
}
