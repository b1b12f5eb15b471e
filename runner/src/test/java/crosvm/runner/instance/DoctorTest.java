package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    Path folder;

    private Path write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static Finding about(String subject, List<Finding> findings) {
        return findings.stream()
                .filter(f -> f.subject().startsWith(subject))
                .findFirst()
                .orElseThrow();
    }

    private DeviceGraph plan(String yaml) {
        return DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", yaml, folder)
                .orThrow());
    }

    private List<Finding> look(String yaml) {
        return SpecDoctor.look(plan(yaml));
    }

    /** A restart must not take a machine down that cannot come back: that its disk was locked says nothing of the file now. */
    @Test
    void seesWhatBecameOfTheDisksOfAMachineThatIsToMakeWay() throws IOException {
        DeviceGraph machine = plan("kernel: {builtin: idle}\ndisks: [{id: data, path: d.img, readOnly: false}]\n");
        Path image = write("d.img", "\0".repeat(4096));
        try (BlockFile held = BlockFile.open(image, false)) {
            assertThat(held.size()).isEqualTo(4096);
            assertThat(SpecDoctor.look(machine, machine))
                    .extracting(Finding::level)
                    .doesNotContain(Finding.Level.PROBLEM);
            assertThat(about("disk data", SpecDoctor.look(machine, null)).found())
                    .contains("is in use");
            Files.delete(image);
            assertThat(about("disk data", SpecDoctor.look(machine, machine)).found())
                    .contains("d.img: open: ENOENT");
            write("d.img", "\0".repeat(700));
            assertThat(about("disk data", SpecDoctor.look(machine, machine)).found())
                    .contains("not a multiple of 512");
        }
    }

    @Test
    void findsWhatIsThereAndSaysHowToGetWhatIsNot() throws IOException {
        write("proc/meminfo", "MemTotal:  100 kB\nMemAvailable:    2097152 kB\n");
        write("dev/net/tun", "");
        write("usr/bin/passt", "");
        assertThat(folder.resolve("usr/bin/passt").toFile().setExecutable(true)).isTrue();
        List<Finding> findings = new HostDoctor(folder, "usr/bin", 0).rest();
        assertThat(about("memory", findings)).isEqualTo(Finding.ok("memory", "2048 MiB available"));
        assertThat(about("/dev/net/tun", findings).level()).isEqualTo(Finding.Level.OK);
        assertThat(about("/dev/vhost-vsock", findings).fix()).isEqualTo("modprobe vhost_vsock");
        assertThat(about("passt", findings).level()).isEqualTo(Finding.Level.OK);
        assertThat(about("virtiofsd", findings).level()).isEqualTo(Finding.Level.NOTE);
        assertThat(about("control groups (limits)", findings).level()).isEqualTo(Finding.Level.NOTE);
        assertThat(about("control groups (limits)", findings).found())
                .startsWith("machines with limits do not start: this host has no cgroup v2 mounted");
    }

    @Test
    void saysWhenTheHostHasLessMemoryThanTheMachine() throws IOException {
        write("proc/meminfo", "MemAvailable:    1048576 kB\n");
        assertThat(about("memory", new HostDoctor(folder, "", 1L << 30).rest()).level())
                .isEqualTo(Finding.Level.OK);
        assertThat(about("memory", new HostDoctor(folder, "", 2L << 30).rest()).found())
                .startsWith("1024 MiB available, and the machine may take 2048 MiB");
    }

    @Test
    void saysWhenAnImageCanGrowFurtherThanItsFileSystem() throws IOException {
        try (RandomAccessFile image =
                new RandomAccessFile(folder.resolve("huge.img").toFile(), "rw")) {
            image.setLength(1L << 42);
        }
        Finding space = about("space for huge.img", look("""
                kernel: {builtin: hello}
                disks: [{path: huge.img, readOnly: false}]
                """));
        assertThat(space.level()).isEqualTo(Finding.Level.NOTE);
        assertThat(space.found()).contains("can grow by 4194304 MiB");
    }

    @Test
    void namesTheSettingThatForbidsJails() throws IOException {
        write("proc/sys/kernel/unprivileged_userns_clone", "0\n");
        assertThat(about("user namespaces", new HostDoctor(folder, "", 0).rest())
                        .fix())
                .isEqualTo("sysctl kernel.unprivileged_userns_clone=1");
    }

    @Test
    void looksAtTheTapsPortsAndDevicesThatASpecNeeds() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            List<Finding> findings = look("""
                    kernel: {builtin: hello}
                    networks:
                      - {tap: nosuchtap0}
                      - {tap: lo}
                      - {user: true, forward: ["%d:80"]}
                    vsock: 3
                    """.formatted(taken.getLocalPort()));
            assertThat(about("tap nosuchtap0", findings).fix()).startsWith("ip tuntap add nosuchtap0 mode tap");
            assertThat(about("tap lo", findings).found()).contains("not a tap");
            assertThat(about("port TCP " + taken.getLocalPort(), findings).level())
                    .isEqualTo(Finding.Level.PROBLEM);
            boolean vsock = Files.isReadable(Path.of("/dev/vhost-vsock"));
            assertThat(about("device /dev/vhost-vsock", findings).level())
                    .isEqualTo(vsock ? Finding.Level.OK : Finding.Level.PROBLEM);
        }
    }

    @Test
    void saysHowGuestMemoryGetsHugePages() throws IOException {
        String setting = "sys/kernel/mm/transparent_hugepage/shmem_enabled";
        write(setting, "always within_size advise [never] deny force\n");
        assertThat(about("huge pages", new HostDoctor(folder, "", 0).rest()).fix())
                .isEqualTo("echo advise > /" + setting);
        write(setting, "always within_size [advise] never deny force\n");
        assertThat(about("huge pages", new HostDoctor(folder, "", 0).rest()).level())
                .isEqualTo(Finding.Level.OK);
    }

    @Test
    void looksAtEveryFileOfASpec() throws IOException {
        write("vmlinuz", "a kernel");
        Files.write(folder.resolve("good.img"), new byte[1024]);
        Files.write(folder.resolve("odd.img"), new byte[1000]);
        List<Finding> findings = look("""
                kernel: {image: vmlinuz, initrd: missing.img}
                disks: [{id: good, path: good.img, readOnly: false}, {id: odd, path: odd.img}, {id: lost, path: lost.img}]
                shares: [{tag: src, path: src}]
                console: {com1: {to: file, path: no/such/folder/log}}
                """);
        assertThat(about("file " + folder.resolve("vmlinuz"), findings).level()).isEqualTo(Finding.Level.OK);
        assertThat(about("file " + folder.resolve("missing.img"), findings).found())
                .isEqualTo("does not exist");
        assertThat(about("disk good", findings).found()).contains("2 sectors, not in use");
        assertThat(about("disk odd", findings).level()).isEqualTo(Finding.Level.PROBLEM);
        assertThat(about("disk lost", findings).level()).isEqualTo(Finding.Level.PROBLEM);
        assertThat(about("folder ", findings).fix()).startsWith("mkdir -p ");
        assertThat(about("file " + folder.resolve("no/such"), findings).level()).isEqualTo(Finding.Level.PROBLEM);
    }

    @Test
    void leavesNoTraceOnTheDisks() throws IOException {
        Files.write(folder.resolve("good.img"), new byte[1024]);
        String yaml = "kernel: {builtin: hello}\ndisks: [{path: good.img, readOnly: false}]\n";
        assertThat(about("disk", look(yaml)).level()).isEqualTo(Finding.Level.OK);
        assertThat(about("disk", look(yaml)).level()).as("no lock is left").isEqualTo(Finding.Level.OK);
    }
}
