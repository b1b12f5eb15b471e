package crosvm.runner.bootentry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels out of real file systems, made by their own programs and read by grub-fstest in its jail. */
class RootKernelJailIT {
    private static final int MEBIBYTE = 1 << 20;
    private static final String ROOT = PartitionTableTest.ROOT;
    private static final String LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4";
    private static final String OWN = "9cf16da9-160d-428d-90a2-8045b7ea059";

    @TempDir
    Path folder;

    private final byte[] kernel = new byte[300_000];
    private final byte[] initrd = new byte[200_000];
    private Path tree = Path.of("");
    private Path image = Path.of("");

    @BeforeEach
    void fill() throws IOException {
        Random random = new Random(3);
        random.nextBytes(kernel);
        random.nextBytes(initrd);
        tree = Files.createDirectory(folder.resolve("tree"));
        image = folder.resolve("disk.img");
    }

    private void put(String path, byte[] content) throws IOException {
        Path file = tree.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private void put(String path, String content) throws IOException {
        put(path, content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** What a Debian has in /boot. */
    private void debian(String linux, String initrdPath) throws IOException {
        put("boot/vmlinuz-6.1", kernel);
        put("boot/initrd.img-6.1", initrd);
        put("boot/grub/grub.cfg", """
                set default="0"
                menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'simple' {
                        linux   %s root=UUID=5158a407-7ded-4232-8215-ef9cba6d5d31 ro quiet console=tty0
                        initrd  %s
                }
                """.formatted(linux, initrdPath));
    }

    private static void run(Path in, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(String.join(" ", command) + ": " + said)
                .isZero();
    }

    /** A file system with what is in the tree. */
    private Path fileSystem(String kind, Path content) throws Exception {
        Path made = folder.resolve(kind + ".fs");
        Files.deleteIfExists(made);
        try (RandomAccessFile file = new RandomAccessFile(made.toFile(), "rw")) {
            // mkfs.xfs refuses less than 300 MiB.
            file.setLength((kind.equals("xfs") ? 320L : kind.equals("btrfs") ? 120L : 32L) * MEBIBYTE);
        }
        switch (kind) {
            case "ext4" ->
                run(folder, "/usr/sbin/mke2fs", "-q", "-t", "ext4", "-d", content.toString(), made.toString());
            case "btrfs" -> run(folder, "/usr/sbin/mkfs.btrfs", "-q", "-r", content.toString(), made.toString());
            default -> run(folder, "/usr/sbin/mkfs.xfs", "-q", "-p", prototype(content), made.toString());
        }
        return made;
    }

    /** What mkfs.xfs(8) takes for a list of files. */
    private String prototype(Path content) throws IOException {
        StringBuilder out = new StringBuilder("/none\n0 0\nd--755 0 0\n");
        list(content, out);
        return Files.writeString(folder.resolve("prototype"), out + "$\n").toString();
    }

    private static void list(Path in, StringBuilder out) throws IOException {
        try (var files = Files.list(in)) {
            for (Path file : files.sorted().toList()) {
                if (Files.isDirectory(file)) {
                    out.append(file.getFileName()).append(" d--755 0 0\n");
                    list(file, out);
                    out.append("$\n");
                } else {
                    out.append(file.getFileName())
                            .append(" ---644 0 0 ")
                            .append(file)
                            .append('\n');
                }
            }
        }
    }

    /** A GPT with these file systems, each of the type beside it, as partitions from 1 on. */
    private void disk(Object... fileSystemsAndTypes) throws IOException {
        String[] types = new String[fileSystemsAndTypes.length / 2];
        long at = MEBIBYTE;
        List<long[]> bounds = new ArrayList<>();
        try (RandomAccessFile out = new RandomAccessFile(image.toFile(), "rw")) {
            for (int i = 0; i < types.length; i++) {
                Path part = (Path) fileSystemsAndTypes[2 * i];
                types[i] = (String) fileSystemsAndTypes[2 * i + 1];
                copySparse(part, out, at);
                bounds.add(new long[] {at / 512, (at + Files.size(part)) / 512 - 1});
                at += Files.size(part) + MEBIBYTE;
            }
            out.setLength(at + MEBIBYTE);
            ByteBuffer table = PartitionTableTest.gpt(64 << 10, types);
            for (int i = 0; i < bounds.size(); i++) {
                table.putLong(1024 + 128 * i + 32, bounds.get(i)[0]).putLong(1024 + 128 * i + 40, bounds.get(i)[1]);
            }
            // What GRUB wants to see: a protective MBR, and a header with its size and place.
            table.put(446 + 4, (byte) 0xee).putInt(446 + 8, 1).putInt(446 + 12, (int) (at / 512));
            table.putShort(510, (short) 0xaa55);
            table.putInt(512 + 8, 0x10000).putInt(512 + 12, 92).putLong(512 + 24, 1);
            out.seek(0);
            out.write(table.array());
        }
    }

    private static void copySparse(Path from, RandomAccessFile to, long at) throws IOException {
        byte[] block = new byte[64 << 10];
        byte[] zeros = new byte[block.length];
        try (var in = Files.newInputStream(from)) {
            long position = at;
            for (int read = in.readNBytes(block, 0, block.length);
                    read > 0;
                    read = in.readNBytes(block, 0, block.length)) {
                if (!java.util.Arrays.equals(block, zeros)) {
                    to.seek(position);
                    to.write(block, 0, read);
                }
                position += read;
            }
        }
    }

    private KernelSpec resolve(String kernelFields, String diskFields) {
        VmSpec spec = SpecLoader.withEnvironment(Map.of())
                .load(
                        "vm.yaml",
                        "kernel: {" + kernelFields + "}\ndisks: [{id: root, path: disk.img, root: true" + diskFields
                                + "}]\n",
                        folder)
                .orThrow();
        return new LocalSpec(Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString()), line -> {})
                .of(spec)
                .kernel();
    }

    private void assertFound(KernelSpec found, String... params) {
        assertThat(found.image()).hasBinaryContent(kernel);
        assertThat(found.initrd()).hasBinaryContent(initrd);
        assertThat(found.params()).containsExactly(params);
    }

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
    void leadsEveryKernelToTheRootPartition() throws Exception {
        Files.writeString(folder.resolve("vmlinuz"), "x");
        Files.write(image, PartitionTableTest.gpt(8 << 20, LINUX, ROOT).array());
        assertThat(resolve("image: vmlinuz, params: [debug]", "").params())
                .containsExactly("root=PARTUUID=" + OWN + "2", "ro", "debug");
        Files.write(image, PartitionTableTest.gpt(8 << 20, LINUX, LINUX).array());
        assertThatThrownBy(() -> resolve("image: vmlinuz", "")).hasMessageContaining("it has 2 partitions");
        Files.write(image, new byte[MEBIBYTE]);
        assertThat(resolve("image: vmlinuz, params: [debug]", "").params()).containsExactly("debug");
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
