package crosvm.runner.bootentry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels out of real file systems in raw images, made by their own programs and read by grub-fstest in its jail. */
class RootKernelJailIT extends BootableImage {
    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs"})
    void bootsWhatTheBootLoaderOfAPartitionedImageWould(String kind) throws Exception {
        debian("/boot/vmlinuz-6.1", "/boot/initrd.img-6.1");
        disk(fileSystem(kind, tree), ROOT);
        assertFound(
                resolve("from: root, params: [debug]", ""),
                "root=UUID=5158a407-7ded-4232-8215-ef9cba6d5d31",
                "ro",
                "quiet",
                "debug");
    }

    @Test
    void readsASeparateBootAndLeadsToTheRootPartition() throws Exception {
        Path root = Files.createDirectories(folder.resolve("root/etc"));
        Files.writeString(root.resolve("fstab"), "x");
        Path rootFs = Files.move(fileSystem("ext4", root.getParent()), folder.resolve("root.fs"));
        debian("/vmlinuz-6.1", "/initrd.img-6.1");
        Path grub = tree.resolve("boot/grub/grub.cfg");
        Files.writeString(grub, Files.readString(grub).replaceAll("root=UUID=\\S+ ", "root=/dev/sda2 "));
        disk(fileSystem("ext4", tree.resolve("boot")), LINUX, rootFs, ROOT);
        assertFound(resolve("from: root", ", readOnly: false"), "ro", "quiet", "root=PARTUUID=" + OWN + "2");
    }

    @Test
    void readsLoaderEntriesAsFedoraWritesThem() throws Exception {
        put("grub2/grub.cfg", "load_env\nset default=\"${saved_entry}\"\ninsmod blscfg\nblscfg\n");
        put("grub2/grubenv", "# GRUB Environment Block\nsaved_entry=f-6.5.6-300.fc39.x86_64\n" + "#".repeat(900));
        put("loader/entries/f-6.10.1-200.fc39.x86_64.conf", "title new\nlinux /other\n");
        put(
                "loader/entries/f-6.5.6-300.fc39.x86_64.conf",
                "title Fedora Linux\nlinux /vmlinuz-6.5\ninitrd /initramfs-6.5.img\n"
                        + "options root=UUID=77 ro rootflags=subvol=root rhgb $tuned_params\n");
        put("vmlinuz-6.5", kernel);
        put("initramfs-6.5.img", initrd);
        disk(fileSystem("ext4", tree), LINUX);
        assertFound(resolve("from: root", ""), "root=UUID=77", "ro", "rootflags=subvol=root", "rhgb");
    }

    @Test
    void readsAnImageWithoutPartitionsAndAddsNoRootOfItsOwn() throws Exception {
        debian("(hd0)/boot/vmlinuz-6.1", "/boot/initrd.img-6.1");
        Path grub = tree.resolve("boot/grub/grub.cfg");
        Files.writeString(grub, Files.readString(grub).replaceAll("root=UUID=\\S+ ", ""));
        Files.move(fileSystem("ext4", tree), image);
        // up adds root=/dev/vda, as for every root disk without partitions.
        assertFound(resolve("from: root", ""), "ro", "quiet");
    }

    @Test
    void copiesAgainOnlyWhenTheImageHasChanged() throws Exception {
        debian("/boot/vmlinuz-6.1", "/boot/initrd.img-6.1");
        disk(fileSystem("ext4", tree), ROOT);
        Path first = resolve("from: root", "").image();
        Object inode = Files.getAttribute(first, "unix:ino");
        assertThat(Files.getAttribute(resolve("from: root", "").image(), "unix:ino"))
                .isEqualTo(inode);
        kernel[0]++;
        put("boot/vmlinuz-6.1", kernel);
        Files.delete(image);
        disk(fileSystem("ext4", tree), ROOT);
        assertThat(resolve("from: root", "").image()).isEqualTo(first).hasBinaryContent(kernel);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"(host)/etc/passwd", "(proc)/self/environ", "(hd0,gpt9)/x", "/boot/no-such", "relative", "/a b"})
    void refusesToLookOutsideOfTheImage(String path) throws Exception {
        debian("\"" + path + "\"", "/boot/initrd.img-6.1");
        disk(fileSystem("ext4", tree), ROOT);
        assertThatThrownBy(() -> resolve("from: root", ""))
                .isInstanceOf(FailedException.class)
                .hasMessageContainingAll("disks.root: " + image, "nothing can be booted from it");
        try (var files = Files.walk(folder.resolve("cache"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void refusesAConfigurationOfTenMegabytesAndAnImageOfNothing() throws Exception {
        put("boot/grub/grub.cfg", "#".repeat(10 * MEBIBYTE));
        disk(fileSystem("ext4", tree), ROOT);
        assertThatThrownBy(() -> resolve("from: root", "")).hasMessageContaining("more than 1048576 bytes");
        Files.delete(image);
        Files.write(image, new byte[MEBIBYTE], StandardOpenOption.CREATE);
        assertThatThrownBy(() -> resolve("from: root", "")).hasMessageContaining("no file system that GRUB can read");
        debian("/boot/vmlinuz-6.1", "/boot/initrd.img-6.1");
        Files.delete(tree.resolve("boot/grub/grub.cfg"));
        disk(fileSystem("ext4", tree), ROOT);
        assertThatThrownBy(() -> resolve("from: root", "")).hasMessageContaining("neither a grub.cfg nor BLS entries");
    }

    @Test
    void leadsEveryKernelToTheRootPartition() throws Exception {
        Files.writeString(folder.resolve("vmlinuz"), "x");
        Files.write(image, PartitionTableTest.gpt(8 << 20, LINUX, ROOT).array());
        assertThat(resolve("image: vmlinuz, params: [debug]", "").params())
                .containsExactly("root=PARTUUID=" + OWN + "2", "ro", "debug");
        Files.write(image, PartitionTableTest.gpt(8 << 20, LINUX, LINUX).array());
        assertThatThrownBy(() -> resolve("image: vmlinuz", "")).hasMessageContaining("it has 2 partitions");
        Files.write(image, new byte[MEBIBYTE]);
        assertThat(resolve("image: vmlinuz, params: [debug]", "").params()).containsExactly("debug");
    }
}
