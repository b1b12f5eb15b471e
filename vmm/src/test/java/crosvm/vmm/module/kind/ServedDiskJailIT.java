package crosvm.vmm.module.kind;

import static crosvm.vmm.module.kind.DrivenDisk.SECTOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.storage.ImageCopy;
import crosvm.vmm.storage.Qcow2File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks by the qemu-storage-daemon of this machine, in its jail. */
@Timeout(600)
class ServedDiskJailIT {
    private static final int DISK = 8 << 20;
    private static final int ERROR = 1;

    @TempDir
    Path folder;

    @BeforeEach
    void needsTheDaemon() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/qemu-storage-daemon")), "no qemu-storage-daemon");
    }

    private Path raw(String name) throws IOException {
        byte[] bytes = new byte[DISK];
        byte[] text = "from the base".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, bytes, 0, text.length);
        return Files.write(folder.resolve(name), bytes);
    }

    private Path qcow2(String name, long bytes) throws IOException {
        Path file = Files.createFile(folder.resolve(name));
        try (Fd open = Fd.open(file.toString(), Fd.O_RDWR)) {
            Qcow2File.create(open, bytes);
        }
        return file;
    }

    private static byte[] segment(long sector, int sectors) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(sector)
                .putInt(sectors)
                .array();
    }

    /** What the tools of QEMU find wrong with an image; nothing if they find nothing. */
    private static String check(Path image) throws Exception {
        Process process = new ProcessBuilder("qemu-img", "check", "-q", "-f", "qcow2", image.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said + (process.waitFor() == 0 ? "" : "status " + process.exitValue());
    }

    /** The jail, as the kernel shows it in /proc. */
    private void requireJail(int pid) throws IOException {
        Path proc = Path.of("/proc", Integer.toString(pid));
        String status = Files.readString(proc.resolve("status"));
        assertThat(status).contains("Name:\tqemu-storage-da", "CapEff:\t0000000000000000", "NoNewPrivs:\t1");
        assertThat(status).contains("Seccomp:\t2");
        try (var files = Files.list(proc.resolve("root"))) {
            assertThat(files).isEmpty();
        }
        for (String namespace : List.of("user", "mnt", "net", "ipc", "uts", "pid")) {
            assertThat(Files.readSymbolicLink(proc.resolve("ns/" + namespace)))
                    .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/" + namespace)));
        }
        try (var descriptors = Files.list(proc.resolve("fd"))) {
            for (Path descriptor : descriptors.toList()) {
                assertThat(Files.readSymbolicLink(descriptor).toString())
                        .matches("/dev/null|pipe:.*|socket:.*|anon_inode:.*|/memfd:.*|" + folder.resolve("base.img")
                                + "|.*\\(deleted\\)");
            }
        }
    }

    @Test
    void keepsInAQcow2ImageWhatIsWritten() throws Exception {
        Path image = qcow2("disk.qcow2", DISK);
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: disk.qcow2, format: qcow2, writes: keep")) {
            assertThat(disk.capacity()).isEqualTo(DISK / SECTOR);
            disk.writes(7, "kept");
            assertThat(disk.request(DrivenDisk.FLUSH, 0, new byte[0])).isZero();
            assertThat(disk.request(DrivenDisk.DISCARD, 0, segment(1000, 128))).isZero();
            assertThat(disk.request(DrivenDisk.WRITE_ZEROES, 0, segment(2000, 128)))
                    .isZero();
            assertThat(disk.request(DrivenDisk.WRITE, 4096, new byte[1 << 20])).isZero();
        }
        assertThat(check(image)).isEmpty();
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: disk.qcow2, format: qcow2")) {
            assertThat(disk.reads(7)).isEqualTo("kept");
            assertThat(disk.request(DrivenDisk.WRITE, 7, DrivenDisk.sectorOf("no")))
                    .as("a write to a disk that is read-only")
                    .isEqualTo(ERROR);
            assertThat(disk.reads(7)).isEqualTo("kept");
        }
    }

    /** Where the test's folder is in a file system without direct I/O, that is what is said. */
    @Test
    void readsAndWritesPastTheHostsPageCache() throws Exception {
        Path base = raw("base.img");
        for (String spec : List.of(
                "path: base.img, limit: {iops: 100000}, readOnly: false, cache: none",
                "path: base.img, writes: over.qcow2, cache: none")) {
            try (DrivenDisk disk = DrivenDisk.start(folder, spec)) {
                assertThat(direct(disk.pid()))
                        .isNotEmpty()
                        .as("flags of open(2) of each file")
                        .allMatch(flags -> (Integer.parseInt(flags, 8) & 0x4000) != 0);
                assertThat(disk.reads(0)).startsWith("from the base");
                disk.writes(7, "past the cache");
                assertThat(disk.request(DrivenDisk.WRITE, 4095, new byte[1 << 16]))
                        .isZero();
                assertThat(disk.request(DrivenDisk.FLUSH, 0, new byte[0])).isZero();
                assertThat(disk.reads(7)).isEqualTo("past the cache");
            } catch (VmmException e) {
                assertThat(e).hasMessageContaining(base + ": cache: none is not possible: its file system (");
            }
        }
        try (DrivenDisk cached = DrivenDisk.start(folder, "path: base.img, writes: other.qcow2")) {
            assertThat(direct(cached.pid())).isNotEmpty().allMatch(flags -> (Integer.parseInt(flags, 8) & 0x4000) == 0);
        }
    }

    /** The flags with which a process has this test's files open. */
    private List<String> direct(int pid) throws IOException {
        Path proc = Path.of("/proc", Integer.toString(pid));
        List<String> flags = new ArrayList<>();
        try (var descriptors = Files.list(proc.resolve("fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (Files.readSymbolicLink(descriptor).startsWith(folder)) {
                    String info = Files.readString(proc.resolve("fdinfo").resolve(descriptor.getFileName()));
                    flags.add(info.lines()
                            .filter(l -> l.startsWith("flags:"))
                            .findFirst()
                            .orElseThrow()
                            .substring("flags:".length())
                            .trim());
                }
            }
        }
        return flags;
    }

    @Test
    void discardsWhatTwoGuestsWriteToOneBase() throws Exception {
        Path base = raw("base.img");
        byte[] before = Files.readAllBytes(base);
        try (DrivenDisk one = DrivenDisk.start(folder, "path: base.img, writes: discard");
                DrivenDisk two = DrivenDisk.start(folder, "path: base.img, writes: discard")) {
            assertThat(one.reads(0)).isEqualTo("from the base");
            one.writes(0, "one");
            two.writes(0, "two");
            assertThat(one.reads(0)).isEqualTo("one");
            assertThat(two.reads(0)).isEqualTo("two");
            requireJail(one.pid());
        }
        assertThat(Files.readAllBytes(base)).isEqualTo(before);
        assertThat(folder).isDirectoryContaining(base::equals);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(base);
        }
        try (DrivenDisk again = DrivenDisk.start(folder, "path: base.img, writes: discard")) {
            assertThat(again.reads(0)).isEqualTo("from the base");
        }
    }

    @Test
    void overlaysOnOneBaseKeepWhatTheirOwnGuestWrites() throws Exception {
        raw("base.img");
        for (String text : List.of("first", "second")) {
            try (DrivenDisk one = DrivenDisk.start(folder, "path: base.img, writes: one.qcow2, size: 16MiB");
                    DrivenDisk two = DrivenDisk.start(folder, "path: base.img, writes: two.qcow2")) {
                assertThat(one.capacity()).isEqualTo(2 * DISK / SECTOR);
                if (text.equals("second")) {
                    assertThat(one.reads(1)).isEqualTo("one first");
                    assertThat(two.reads(1)).isEqualTo("two first");
                }
                assertThatThrownBy(() -> DrivenDisk.start(folder, "path: base.img, writes: one.qcow2"))
                        .isInstanceOf(VmmException.class)
                        .hasMessageContaining("one.qcow2")
                        .hasMessageContaining("is in use");
                one.writes(1, "one " + text);
                two.writes(1, "two " + text);
                one.writes(2 * DISK / SECTOR - 1, "behind the base's end");
                assertThat(one.reads(0)).isEqualTo("from the base");
            }
        }
        assertThat(check(folder.resolve("one.qcow2"))).isEmpty();
        assertThat(check(folder.resolve("two.qcow2"))).isEmpty();
    }

    @Test
    void growsLimitsAndFreezesWhileItRuns() throws Exception {
        qcow2("disk.qcow2", DISK);
        Path frozen = folder.resolve("after.qcow2");
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: disk.qcow2, format: qcow2, writes: keep")) {
            disk.writes(0, "before");
            disk.control.resize(2 * DISK);
            disk.host.awaitConfigChange();
            assertThat(disk.capacity()).isEqualTo(2 * DISK / SECTOR);
            assertThatThrownBy(() -> disk.control.resize(DISK)).hasMessageContaining("can only be made larger");

            disk.control.limit(new DiskLimit(1000, MemorySize.parse("100MiB")));
            disk.control.limit(DiskLimit.NONE);

            disk.control.snapshot(frozen);
            disk.writes(0, "after");
            disk.writes(2 * DISK / SECTOR - 1, "at the end");
            assertThat(disk.reads(0)).isEqualTo("after");
            assertThatThrownBy(() -> disk.control.snapshot(frozen)).hasMessageContaining("already exists");
            assertThat(disk.deaths).isEmpty();
        }
        assertThat(check(frozen)).isEmpty();
        try (DrivenDisk old = DrivenDisk.start(folder, "path: disk.qcow2, format: qcow2")) {
            assertThat(old.reads(0)).isEqualTo("before");
        }
        try (DrivenDisk both = DrivenDisk.start(folder, "path: disk.qcow2, format: qcow2, writes: after.qcow2")) {
            assertThat(both.reads(0)).isEqualTo("after");
        }
    }

    @Test
    void clonesAnOverlayAndItsBaseIntoAnImageThatStandsAlone() throws Exception {
        Path base = raw("base.img");
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: base.img, writes: over.qcow2")) {
            disk.writes(5, "in the overlay");
        }
        Path whole = folder.resolve("whole.qcow2");
        ImageCopy.copy(
                new ImageCopy.Image(folder.resolve("over.qcow2"), DiskFormat.QCOW2),
                new ImageCopy.Image(base, DiskFormat.RAW),
                whole);
        assertThat(check(whole)).isEmpty();
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: whole.qcow2, format: qcow2")) {
            assertThat(disk.reads(0)).isEqualTo("from the base");
            assertThat(disk.reads(5)).isEqualTo("in the overlay");
        }
    }

    /** A limit can only be told from the time: never sooner, however slow the machine is. */
    @Test
    void keepsToItsLimit() throws Exception {
        raw("base.img");
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: base.img, writes: discard, limit: {bandwidth: 1MiB}")) {
            long start = System.nanoTime();
            for (int i = 0; i < 3; i++) {
                assertThat(disk.request(DrivenDisk.WRITE, 0, new byte[1 << 20])).isZero();
            }
            // Of what is written at first a tenth of a second's worth counts for nothing, and the last is not waited
            // for.
            assertThat(System.nanoTime() - start).isGreaterThan(1_500_000_000L);
        }
    }

    @Test
    void opensNothingThatAnImageNames() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "secret".repeat(1000));
        Path evil = qcow2("evil.qcow2", DISK);
        byte[] bytes = Files.readAllBytes(evil);
        byte[] name = secret.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer.wrap(bytes).putLong(8, 512).putInt(16, name.length);
        System.arraycopy(name, 0, bytes, 512, name.length);
        Files.write(evil, bytes);
        assertThatThrownBy(() -> DrivenDisk.start(folder, "path: evil.qcow2, format: qcow2"))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("stands on another image")
                .hasMessageContaining("crosvm disk clone --base BASE");
    }

    @Test
    void aRawDiskStaysRawWhateverItsGuestWrites() throws Exception {
        Path base = raw("base.img");
        Path other = qcow2("other.qcow2", 64 << 20);
        Files.write(base, Arrays.copyOf(Files.readAllBytes(other), DISK));
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: base.img, writes: discard")) {
            assertThat(disk.capacity()).isEqualTo(DISK / SECTOR);
            assertThat(disk.request(DrivenDisk.READ, 0, new byte[SECTOR])).isZero();
            assertThat(disk.data(4)).isEqualTo(new byte[] {'Q', 'F', 'I', (byte) 0xfb});
        }
    }

    @Test
    void readsTheImagesOfOtherMachineMonitors() throws Exception {
        Path base = raw("base.img");
        for (String format : List.of("vmdk", "vhdx", "vdi")) {
            Path image = folder.resolve("disk." + format);
            Process convert = new ProcessBuilder(
                            "qemu-img", "convert", "-f", "raw", "-O", format, base.toString(), image.toString())
                    .inheritIO()
                    .start();
            assertThat(convert.waitFor()).isZero();
            try (DrivenDisk disk =
                    DrivenDisk.start(folder, "path: disk." + format + ", format: " + format + ", writes: keep")) {
                assertThat(disk.capacity()).as(format).isEqualTo(DISK / SECTOR);
                assertThat(disk.reads(0)).as(format).isEqualTo("from the base");
                disk.writes(3, "kept");
                assertThat(disk.reads(3)).as(format).isEqualTo("kept");
            }
        }
    }
}
