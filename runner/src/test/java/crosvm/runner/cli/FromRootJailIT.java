package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.TextHash;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kernel: {from: root}} at the command line, its image read in a jail. */
class FromRootJailIT {
    @TempDir
    Path folder;

    private Run crosvm(String... words) throws Exception {
        Path run = Files.createDirectories(folder.resolve("run"));
        return Run.with(
                Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString(), "XDG_RUNTIME_DIR", run.toString()), words);
    }

    @Test
    void isTriedByTheDoctorAndClearedOutByPrune() throws Exception {
        Path image = Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        String spec = Files.writeString(
                        folder.resolve("vm.yaml"), "kernel: {from: root}\ndisks: [{path: disk.img, root: true}]\n")
                .toString();
        Run doctor = crosvm("doctor", spec);
        assertThat(doctor.out())
                .contains("problem  kernel.from: root: disks.disk0: " + image
                        + ": nothing can be booted from it: it has no file system that GRUB can read");
        assertThat(doctor.status()).isEqualTo(1);
        assertThat(folder.resolve("cache/crosvm/boot")).isEmptyDirectory(); // Nothing came out of it.
        Path copied = Files.createDirectory(
                folder.resolve("cache/crosvm/boot")
                        .resolve(TextHash.hex(image.toRealPath().toString())),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(copied.resolve("image"), image.toRealPath() + "\n");
        Files.write(copied.resolve("kernel"), new byte[1 << 10]);
        assertThat(crosvm("images", "prune", spec).out()).isEqualTo("0 removed, 0KiB\n");
        Run prune = crosvm("images", "prune", "--all");
        assertThat(prune.out()).contains(" " + image.toRealPath() + "\n1 removed, ");
        assertThat(folder.resolve("cache/crosvm/boot")).isEmptyDirectory();
    }
}
