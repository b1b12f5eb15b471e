package crosvm.runner.bootentry;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.VmSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An image to be booted from, made of a tree of files by the programs of its file system. */
abstract class BootableImage {
    static final int MEBIBYTE = 1 << 20;
    static final String ROOT = PartitionTableTest.ROOT;
    static final String LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4";
    static final String OWN = "9cf16da9-160d-428d-90a2-8045b7ea059";

    @TempDir
    Path folder;

    final byte[] kernel = new byte[300_000];
    final byte[] initrd = new byte[200_000];
    Path tree = Path.of("");
    Path image = Path.of("");

    @BeforeEach
    void fill() throws IOException {
        Random random = new Random(3);
        random.nextBytes(kernel);
        random.nextBytes(initrd);
        tree = Files.createDirectory(folder.resolve("tree"));
        image = folder.resolve("disk.img");
    }

    void put(String path, byte[] content) throws IOException {
        Path file = tree.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    void put(String path, String content) throws IOException {
        put(path, content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** What a Debian has in /boot. */
    void debian(String linux, String initrdPath) throws IOException {
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

    static void run(Path in, String... command) throws IOException, InterruptedException {
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
    Path fileSystem(String kind, Path content) throws Exception {
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
    void disk(Object... fileSystemsAndTypes) throws IOException {
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

    KernelSpec resolve(String kernelFields, String diskFields) {
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

    void assertFound(KernelSpec found, String... params) {
        assertThat(found.image()).hasBinaryContent(kernel);
        assertThat(found.initrd()).hasBinaryContent(initrd);
        assertThat(found.params()).containsExactly(params);
    }
}
