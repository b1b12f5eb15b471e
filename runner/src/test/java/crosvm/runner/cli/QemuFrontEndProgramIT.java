package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** QEMU, whose vhost-user front-end is not ours, boots from our jailed disk. */
@Timeout(180)
class QemuFrontEndProgramIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();
    private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");
    private static final int SECTOR = 512;

    /** More than the cylinder of 1008 sectors that the BIOS counts in. */
    private static final int IMAGE = 2 << 20;

    /** What isa-debug-exit makes of the 0x10 that the boot sector ends with. */
    private static final int GUEST_IS_DONE = 0x21;

    /** Reads sector 1 by the BIOS, says what is in it on COM1, writes it to sector 2, says W, and ends QEMU. */
    private static final int[] BOOT_SECTOR = {
        0x31,
        0xc0,
        0x8e,
        0xd8,
        0x8e,
        0xc0, // xor ax, ax; mov ds, ax; mov es, ax
        0x52, // push dx: the drive
        0xbe,
        0x40,
        0x7c,
        0xb4,
        0x42,
        0xcd,
        0x13, // mov si, 0x7c40; mov ah, 0x42; int 0x13: extended read
        0x72,
        0x1f, // jc end
        0xbe,
        0x00,
        0x80,
        0xba,
        0xf8,
        0x03, // mov si, 0x8000; mov dx, 0x3f8
        0xac,
        0x84,
        0xc0,
        0x74,
        0x03,
        0xee,
        0xeb,
        0xf8, // next: lodsb; test al, al; jz; out dx, al; jmp next
        0x5a, // pop dx
        0xbe,
        0x50,
        0x7c,
        0xb8,
        0x00,
        0x43,
        0xcd,
        0x13, // mov si, 0x7c50; mov ax, 0x4300; int 0x13: extended write
        0x72,
        0x06, // jc end
        0xba,
        0xf8,
        0x03,
        0xb0,
        'W',
        0xee, // mov dx, 0x3f8; mov al, 'W'; out dx, al
        0xba,
        0xf4,
        0x00,
        0xb0,
        0x10,
        0xee, // end: mov dx, 0xf4; mov al, 0x10; out dx, al
        0xeb,
        0xfe // jmp $
    };

    @TempDir
    Path folder;

    private Process device;
    private Process qemu;

    @BeforeEach
    void needsQemu() {
        assumeTrue(Files.isExecutable(QEMU), "no " + QEMU);
    }

    @AfterEach
    void endsBoth() throws InterruptedException {
        for (Process process : new Process[] {qemu, device}) {
            if (process != null) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private Path disk() throws IOException {
        byte[] image = new byte[IMAGE];
        for (int i = 0; i < BOOT_SECTOR.length; i++) {
            image[i] = (byte) BOOT_SECTOR[i];
        }
        // Disk address packets: 16 bytes, one sector, to or from 0:0x8000, sector 1 and sector 2.
        System.arraycopy(new byte[] {16, 0, 1, 0, 0, (byte) 0x80, 0, 0, 1}, 0, image, 0x40, 9);
        System.arraycopy(new byte[] {16, 0, 1, 0, 0, (byte) 0x80, 0, 0, 2}, 0, image, 0x50, 9);
        image[510] = 0x55;
        image[511] = (byte) 0xaa;
        byte[] text = "read from the jail; ".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, image, SECTOR, text.length);
        return Files.write(folder.resolve("disk.img"), image);
    }

    private Process start(String name, String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile())
                .start();
    }

    private String said(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".err"));
    }

    private Path serve(Path image) throws Exception {
        Path socket = folder.resolve("blk.sock");
        device = start("device", LAUNCHER.toString(), "device", "blk", "--socket", socket.toString(), image.toString());
        while (device.isAlive() && !Files.exists(socket)) {
            Thread.sleep(20);
        }
        assertThat(socket).as(said("device")).exists();
        return socket;
    }

    @Test
    void bootsFromTheDeviceAndWritesToIt() throws Exception {
        Path image = disk();
        Path socket = serve(image);
        qemu = start(
                "qemu",
                QEMU.toString(),
                "-accel",
                "tcg",
                "-M",
                "q35,memory-backend=ram",
                "-m",
                "64",
                "-object",
                "memory-backend-memfd,id=ram,size=64M,share=on",
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-device",
                "isa-debug-exit,iobase=0xf4",
                "-chardev",
                "socket,id=blk,path=" + socket,
                "-device",
                "vhost-user-blk-pci,chardev=blk,num-queues=1,bootindex=0");
        assertThat(qemu.waitFor(120, TimeUnit.SECONDS)).as("QEMU ends").isTrue();
        assertThat(qemu.exitValue()).as(said("qemu") + said("device")).isEqualTo(GUEST_IS_DONE);
        assertThat(Files.readString(folder.resolve("qemu.out"), StandardCharsets.ISO_8859_1))
                .endsWith("read from the jail; W");
        byte[] written = Files.readAllBytes(image);
        assertThat(Arrays.copyOfRange(written, 2 * SECTOR, 3 * SECTOR))
                .isEqualTo(Arrays.copyOfRange(written, SECTOR, 2 * SECTOR));
        assertThat(device.waitFor(60, TimeUnit.SECONDS))
                .as("ends with its front-end")
                .isTrue();
        assertThat(device.exitValue()).as(said("device")).isZero();
        assertThat(said("device")).isEmpty();
    }

    @Test
    void takesItsSocketAlongWhenItIsEndedBeforeAFrontEndHasCome() throws Exception {
        Path image = disk();
        Path socket = serve(image);
        device.destroy();
        assertThat(device.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(device.exitValue()).as(said("device")).isEqualTo(128 + 15);
        assertThat(socket).doesNotExist();
        assertThat(said("device")).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithAnImageBeforeItListens() throws Exception {
        Path image = Files.write(folder.resolve("odd.img"), new byte[100]);
        Path socket = folder.resolve("blk.sock");
        device = start("device", LAUNCHER.toString(), "device", "blk", "--socket", socket.toString(), image.toString());
        assertThat(device.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(device.exitValue()).isEqualTo(1);
        assertThat(said("device")).contains("odd.img: its size of 100 bytes is not a multiple of 512");
        assertThat(List.of(folder.toFile().list())).doesNotContain("blk.sock");
    }
}
