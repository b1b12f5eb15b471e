package crosvm.runner.bootentry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.KernelSpec;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Kernels and root partitions out of images that are not raw, or have an overlay on them, served by qemu-storage-daemon in its jail. */
class OtherImagesJailIT extends BootableImage {
    /** The raw image, which becomes one of another format. */
    private void convert(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-q", "-f", "raw"));
        command.addAll(List.of(options));
        run(folder, command.toArray(String[]::new));
    }

    /** What this process still has open of what it has made without a name. */
    private static List<String> temporaryFiles() throws IOException {
        List<String> found = new ArrayList<>();
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.matches("/var/tmp/.*\\(deleted\\)")) {
                        found.add(target);
                    }
                } catch (java.nio.file.NoSuchFileException e) {
                    continue; // The listing's own.
                }
            }
        }
        return found;
    }

    @Test
    void bootsTheKernelThatTheGuestHasPutIntoItsOverlay() throws Exception {
        debian("/boot/vmlinuz-6.1", "/boot/initrd.img-6.1");
        disk(fileSystem("ext4", tree), ROOT);
        Path base = Files.move(image, folder.resolve("base.img"));
        byte[] old = kernel.clone();
        new Random(4).nextBytes(kernel);
        put("boot/vmlinuz-6.1", kernel);
        disk(fileSystem("ext4", tree), ROOT);
        Path changed = Files.move(image, folder.resolve("changed.img"));
        convert("-O", "qcow2", base.toString(), image.toString());
        String writes = ", format: qcow2, writes: own.qcow2";
        assertThat(resolve("from: root", writes).image()).as("no overlay yet").hasBinaryContent(old);
        Path overlay = folder.resolve("own.qcow2");
        convert("-O", "qcow2", "-B", base.toString(), "-F", "raw", changed.toString(), overlay.toString());
        // It may name its base or none, but no other.
        run(folder, "qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "", overlay.toString());
        assertThat(resolve("from: root", writes).image()).hasBinaryContent(kernel);
        assertThat(resolve("from: root", ", format: qcow2, writes: discard").image())
                .hasBinaryContent(old);
    }

    @Test
    void readsAQcow2ImageAndTakesWhatItReadBeforeWhileAMachineHasIt() throws Exception {
        debian("/boot/vmlinuz-6.1", "/boot/initrd.img-6.1");
        Path grub = tree.resolve("boot/grub/grub.cfg");
        Files.writeString(grub, Files.readString(grub).replaceAll("root=UUID=\\S+ ", "root=/dev/sda1 "));
        disk(fileSystem("ext4", tree), ROOT);
        Path raw = Files.move(image, folder.resolve("raw.img"));
        convert("-O", "qcow2", raw.toString(), image.toString());
        String kept = ", format: qcow2, writes: keep";
        try (Fd locked = BlockFile.openLocked(image, false)) {
            assertThat(locked.isOpen()).isTrue();
            assertThatThrownBy(() -> resolve("from: root", kept)).hasMessageContaining("is in use");
        }
        KernelSpec found = resolve("from: root", kept);
        assertFound(found, "ro", "quiet", "root=PARTUUID=" + OWN + "1");
        assertThat(temporaryFiles()).isEmpty();
        try (Fd locked = BlockFile.openLocked(image, false)) {
            assertThat(locked.isOpen()).isTrue();
            Files.setLastModifiedTime(image, FileTime.fromMillis(1));
            assertThat(resolve("from: root", kept)).isEqualTo(found);
        }
    }

    @Test
    void refusesAQcow2ImageThatIsNone() throws Exception {
        Files.writeString(folder.resolve("vmlinuz"), "x");
        Files.write(image, PartitionTableTest.gpt(8 << 20, LINUX, ROOT).array());
        for (String kernel : List.of("from: root", "image: vmlinuz")) {
            assertThatThrownBy(() -> resolve(kernel, ", format: qcow2"))
                    .hasMessageStartingWith(image + ": is not a qcow2 image");
        }
    }

    @Test
    void leadsToTheRootPartitionOfImagesOfAllFormats() throws Exception {
        Files.writeString(folder.resolve("vmlinuz"), "x");
        Files.createFile(image);
        Path raw = folder.resolve("raw.img");
        Files.write(raw, PartitionTableTest.gpt(8 << 20, LINUX, ROOT).array());
        for (String format : List.of("qcow2", "qcow2", "vmdk", "vhdx", "vdi")) {
            Files.delete(image);
            convert("-O", format, raw.toString(), image.toString());
            assertThat(resolve("image: vmlinuz, params: [debug]", ", format: " + format)
                            .params())
                    .containsExactly("root=PARTUUID=" + OWN + "2", "ro", "debug");
        }
    }
}
