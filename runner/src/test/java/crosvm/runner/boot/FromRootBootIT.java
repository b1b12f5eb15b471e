package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A partitioned Debian with its kernel in it, booted as its own GRUB would, from a spec that names nothing but the image. */
class FromRootBootIT {
    private static final int MEBIBYTE = 1 << 20;
    private static final int SECTOR = 512;
    private static final Duration TO_LOGIN = Duration.ofMinutes(15);
    private static final Duration COMMAND = Duration.ofMinutes(5);

    @TempDir
    private Path dir;

    @Test
    void bootsThePartitionThatTheImagesBootMenuMeans() throws Exception {
        Path made = Path.of(System.getProperty("crosvm.debian"));
        Path root = dir.resolve("debian.ext4");
        Lab.command("cp", "--sparse=always", made.resolve("debian.ext4").toString(), root.toString());
        addBootMenu(root);
        Path disk = partitioned(root);
        Files.delete(root);
        Path spec = Files.writeString(dir.resolve("vm.yaml"), """
                name: from-root
                kernel: {from: root, params: systemd.show_status=no}
                memory: 512MiB
                disks: [{path: disk.img, root: true, readOnly: false}]
                """);
        try (Vm vm = Vm.start(
                Path.of(System.getProperty("java.home")),
                dir,
                "env",
                "XDG_CACHE_HOME=" + dir.resolve("cache"),
                Lab.launcher().toString(),
                "up",
                spec.toString())) {
            vm.await("debian login: ", TO_LOGIN);
            vm.type("root\n");
            vm.await("root@debian:~# ", COMMAND);
            vm.type("echo booted: $(cat /proc/cmdline) from $(findmnt -no SOURCE /)\n");
            vm.await("booted: .*ro quiet from-grub root=PARTUUID=abcdef01-01 .* from /dev/vda1", COMMAND);
            vm.type("systemctl poweroff\n");
            assertThat(vm.endsWithin(COMMAND)).as("it powers off").isTrue();
            assertThat(vm.status()).as(vm.said()).isZero();
        }
        assertThat(disk).exists();
    }

    /** What grub-mkconfig writes, and a root that is found wherever it is. */
    private void addBootMenu(Path root) throws IOException {
        String names = Lab.command("debugfs", "-R", "ls -p /boot", root.toString());
        String linux = name(names, "vmlinuz-");
        String initrd = name(names, "initrd.img-");
        Path menu = Files.writeString(dir.resolve("grub.cfg"), """
                set default="0"
                menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {
                	linux	/boot/%s root=/dev/sda1 ro quiet from-grub console=tty0
                	initrd	/boot/%s
                }
                """.formatted(linux, initrd));
        Path table = Files.writeString(dir.resolve("fstab"), "PARTUUID=abcdef01-01 / ext4 defaults 0 1\n");
        for (String command : new String[] {
            "mkdir /boot/grub",
            "write " + menu + " /boot/grub/grub.cfg",
            "rm /etc/fstab",
            "write " + table + " /etc/fstab"
        }) {
            Lab.command("debugfs", "-w", "-R", command, root.toString());
        }
    }

    private static String name(String list, String prefix) {
        return Arrays.stream(list.split("/"))
                .filter(word -> word.startsWith(prefix))
                .findFirst()
                .orElseThrow();
    }

    /** An MBR with one Linux partition from the first mebibyte on. */
    private Path partitioned(Path root) throws IOException {
        Path disk = dir.resolve("disk.img");
        Lab.command("dd", "if=" + root, "of=" + disk, "bs=1M", "seek=1", "conv=sparse", "status=none");
        ByteBuffer table = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        table.putInt(440, 0xabcdef01).put(446 + 4, (byte) 0x83);
        table.putInt(446 + 8, MEBIBYTE / SECTOR).putInt(446 + 12, (int) (Files.size(root) / SECTOR));
        table.putShort(510, (short) 0xaa55);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.write(table.array());
            file.setLength(MEBIBYTE + Files.size(root));
        }
        return disk;
    }
}
