package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.smbios.SmbiosTables;
import crosvm.vmm.graph.CredentialPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
    @TempDir
    private Path folder;

    @Test
    void areWrittenAsSystemdLooksForThem() throws IOException {
        Path token = secret("token", "s3cret\n");
        assertThat(Credentials.of(System.getenv())
                        .oemStrings(List.of(
                                new CredentialPlan("api.token", token, null, null),
                                new CredentialPlan("path", null, "PATH", null),
                                new CredentialPlan("words", null, null, "¿??>>~"),
                                new CredentialPlan("zone", null, null, "UTC"))))
                .containsExactly(
                        "io.systemd.credential.binary:api.token=" + base64("s3cret\n"),
                        "io.systemd.credential.binary:path=" + base64(System.getenv("PATH")),
                        // With a plus and a slash: systemd does not take the alphabet of URLs.
                        "io.systemd.credential.binary:words=wr8/Pz4+fg==",
                        "io.systemd.credential.binary:zone=" + base64("UTC"));
    }

    /** A machine in the background has its secrets from a pipe, and others at each of its starts. */
    @Test
    void takesVariablesFromWhatItIsGivenAndWhatIsKnownOnlyAtTheStart() {
        assertThat(Credentials.of(Map.of("TOKEN", "s3cret"))
                        .and("vmm.notify_socket", "vsock-stream:2:7")
                        .oemStrings(List.of(new CredentialPlan("token", null, "TOKEN", null))))
                .containsExactly(
                        "io.systemd.credential.binary:token=" + base64("s3cret"),
                        "io.systemd.credential.binary:vmm.notify_socket=" + base64("vsock-stream:2:7"));
    }

    @Test
    void refusesAFileThatEveryUserOfTheHostCanRead() throws IOException {
        Path file = secret("open", "x");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertRefused(file, ": is readable by every user of this host; run: chmod o-rwx " + file);
    }

    @Test
    void refusesWhatCannotBeReadOrIsTooLarge() throws IOException {
        assertRefused(
                folder.resolve("none"), ": no such file; check the path (relative ones start at vm.yaml's folder)");
        assertRefused(folder, ": is not a regular file; give a file with the credential's value");
        assertRefused(
                secret("large", "x".repeat(SmbiosTables.MAX_OEM_BYTES + 1)),
                ": has more than 64000 bytes, the most that SMBIOS strings take; "
                        + "hand large data to the guest by a disk or a share");
        Path most = secret("most", "x".repeat(SmbiosTables.MAX_OEM_BYTES));
        assertThat(Credentials.of(System.getenv()).oemStrings(List.of(new CredentialPlan("token", most, null, null))))
                .hasSize(1);
    }

    /** Nobody may ever write into it: opening it would wait. */
    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void refusesAFifoWithoutOpeningIt() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", "-m", "600", fifo.toString())
                        .start()
                        .waitFor())
                .isZero();
        assertRefused(fifo, ": is not a regular file; give a file with the credential's value");
    }

    @Test
    void refusesAVariableThatIsNotSet() {
        assertThatThrownBy(() -> Credentials.of(System.getenv())
                        .oemStrings(List.of(new CredentialPlan("token", null, "CROSVM_TEST_NOT_SET", null))))
                .isInstanceOf(VmmException.class)
                .hasMessage("credential token: the environment variable CROSVM_TEST_NOT_SET is not set; "
                        + "set it before crosvm is started");
    }

    private void assertRefused(Path file, String why) {
        assertThatThrownBy(() -> Credentials.of(System.getenv())
                        .oemStrings(List.of(new CredentialPlan("token", file, null, null))))
                .isInstanceOf(VmmException.class)
                .hasMessage("credential token: " + file + why);
    }

    private Path secret(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
