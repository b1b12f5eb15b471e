package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Linux in QEMU, its root file system on our jailed disk, started alone. */
class OtherFrontEndBootIT {
    @TempDir
    private Path dir;

    @Test
    void bootsALinuxFromOurDisk() throws Exception {
        Path socket = dir.resolve("blk.sock");
        Path javaHome = Path.of(System.getProperty("java.home"));
        Path disk = Lab.copyOf("root.ext4", dir);
        try (Vm device = Vm.start(
                javaHome,
                dir,
                Lab.launcher().toString(),
                "device",
                "blk",
                "--socket",
                socket.toString(),
                disk.toString())) {
            Instant deadline = Instant.now().plus(Vm.BOOT);
            while (!Files.exists(socket) && device.isAlive() && Instant.now().isBefore(deadline)) {
                Thread.sleep(20);
            }
            assertThat(socket).as(device.said()).exists();
            boot(javaHome, socket);
            assertThat(device.endsWithin(Duration.ofSeconds(60)))
                    .as("ends with its front-end")
                    .isTrue();
            assertThat(device.status()).as(device.said()).isZero();
            assertThat(device.said()).isEmpty();
        }
        assertThat(Lab.readFromExt4(disk, "/from-guest.txt")).contains("written by the guest, under-QEMU");
        assertThat(Lab.command("dumpe2fs", "-h", disk.toString())).containsPattern("Filesystem state: +clean");
    }

    private void boot(Path javaHome, Path socket) throws IOException {
        String params = "console=ttyS0 panic=1 quiet root=/dev/vda rw crosvm.test=write-root crosvm.token=under-QEMU";
        try (Vm qemu = Vm.start(
                javaHome,
                dir,
                "qemu-system-x86_64",
                "-accel",
                "kvm",
                "-cpu",
                "host",
                "-M",
                "q35,memory-backend=ram",
                "-m",
                "256",
                "-object",
                "memory-backend-memfd,id=ram,size=256M,share=on",
                "-nodefaults",
                "-no-reboot",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-kernel",
                Lab.image("vmlinuz").toString(),
                "-initrd",
                Lab.image("initrd").toString(),
                "-append",
                params,
                "-chardev",
                "socket,id=blk,path=" + socket,
                "-device",
                "vhost-user-blk-pci,chardev=blk,num-queues=1")) {
            qemu.await("^CROSVM-USERSPACE root$");
            qemu.await("^CROSVM-wrote from-guest.txt$");
            qemu.await("^CROSVM-ending poweroff");
            assertThat(qemu.endsWithin(Duration.ofSeconds(60))).isTrue();
        }
    }
}
