package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines in control groups of a real kernel: held to what the spec says, whole, and leaving nothing. */
class LimitsBootIT {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final String USER = "65534";

    @TempDir
    private Path dir;

    @BeforeAll
    static void mountsTheGroups() throws IOException {
        if (!Files.exists(GROUPS.resolve("cgroup.controllers"))) {
            Lab.command("mount", "-t", "cgroup2", "cgroup2", GROUPS.toString());
        }
    }

    private static List<Path> groupsIn(Path parent) throws IOException {
        try (Stream<Path> groups = Files.list(parent)) {
            return groups.filter(group -> group.getFileName().toString().startsWith("crosvm-"))
                    .toList();
        }
    }

    private static Path groupOf(Vm vm) throws IOException {
        String line = Files.readString(Path.of("/proc/" + vm.pid() + "/cgroup")).strip();
        return GROUPS.resolve(line.substring("0::/".length()));
    }

    private static String read(Path group, String file) throws IOException {
        return Files.readString(group.resolve(file)).strip();
    }

    private static void awaitNoGroupIn(Path parent) throws Exception {
        for (int i = 0; i < 600 && !groupsIn(parent).isEmpty(); i++) {
            Thread.sleep(100);
        }
        assertThat(groupsIn(parent)).as("groups that are left").isEmpty();
    }

    /** What a person at the host does, and what nobody can do anything about: kill -9. */
    @Test
    void holdsAMachineOfAnOrdinaryUserInADelegatedGroupAndRemovesItWhenTheMachineIsKilled() throws Exception {
        Path delegated = Files.createDirectory(GROUPS.resolve("delegated"));
        Files.writeString(GROUPS.resolve("cgroup.subtree_control"), "+cpu +memory +io +pids");
        Files.createDirectory(delegated.resolve("shell"));
        Lab.command("chown", "-R", USER + ":" + USER, delegated.toString());
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=shell", """
                memory: 256MiB
                limits: {cpu: 0.3, memory: 600MiB, pids: 300}
                """);
        String text = Files.readString(spec);
        for (String image : List.of("vmlinuz", "initrd")) {
            Lab.copyOf(image, dir);
            text = text.replace(Lab.image(image).toString(), image);
        }
        Files.writeString(spec, text);
        Lab.command("chmod", "-R", "a+rX", dir.toString());
        try (Vm vm = Vm.start(
                Path.of(System.getProperty("java.home")),
                dir,
                "sh",
                "-c",
                "echo $$ >" + delegated.resolve("shell/cgroup.procs") + " && exec setpriv --reuid=" + USER
                        + " --regid=" + USER + " --clear-groups --no-new-privs env HOME=/tmp " + Lab.launcher()
                        + " up " + spec)) {
            vm.await("^CROSVM-USERSPACE initrd$");
            Path group = groupOf(vm);
            assertThat(group.getParent()).as(vm.said()).isEqualTo(delegated);
            assertThat(read(group, "cpu.max")).isEqualTo("30000 100000");
            assertThat(read(group, "memory.max")).isEqualTo(Long.toString(600L << 20));
            assertThat(read(group, "pids.max")).isEqualTo("300");
            String members = vm.processes().stream()
                    .map(process -> Long.toString(process.pid()))
                    .sorted()
                    .collect(Collectors.joining("\n"));
            assertThat(read(group, "cgroup.procs").lines().sorted().collect(Collectors.joining("\n")))
                    .as("the machine's processes, jails among them, and no other")
                    .isEqualTo(members);
            assertHeldToItsProcessorTime(group, 0.3);
            Lab.command("kill", "-9", Long.toString(vm.pid()));
        }
        awaitNoGroupIn(delegated);
        Lab.command("rmdir", delegated.resolve("shell").toString());
        Lab.command("rmdir", delegated.toString());
    }

    /** While it boots, which takes all the processor time that there is. */
    private static void assertHeldToItsProcessorTime(Path group, double cores) throws Exception {
        long throttled = field(group, "nr_throttled");
        long used = field(group, "usage_usec");
        long start = System.nanoTime();
        Thread.sleep(5000);
        double share = (field(group, "usage_usec") - used) / ((System.nanoTime() - start) / 1e3);
        System.out.printf("used %.3f cores of %.1f, throttled %d times before%n", share, cores, throttled);
        assertThat(share).as("cores used").isLessThan(cores * 1.1);
        assertThat(throttled).as("times throttled while it booted").isPositive();
    }

    private static long field(Path group, String name) throws IOException {
        return read(group, "cpu.stat")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                .sum();
    }

    /** The limit is below what the guest takes, which lint warns of: it is the machine that ends, and nothing else. */
    @Test
    void endsAMachineThatTakesMoreMemoryThanItsLimitAndNothingElse() throws Exception {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=report crosvm.fill=400", """
                memory: 512MiB
                limits: {memory: 320MiB}
                """);
        try (Vm vm = Vm.up(spec)) {
            assertThat(vm.endsWithin(Vm.BOOT)).as("the machine is ended").isTrue();
            assertThat(vm.status()).as("killed").isEqualTo(137);
        }
        awaitNoGroupIn(GROUPS);
        assertThat(Lab.command("dmesg")).contains("Memory cgroup out of memory");
        assertThat(Lab.command("dmesg")).doesNotContain("] Out of memory: Killed");
    }

    /** On the device that the disk's file is on, here a loop device; who is held to it is whoever is in the group. */
    @Test
    void limitsTheDeviceThatADiskIsOn() throws Exception {
        Path image = dir.resolve("device.img");
        Path mount = Files.createDirectory(dir.resolve("mount"));
        Lab.command("truncate", "-s", "256M", image.toString());
        Lab.command("mkfs.ext4", "-q", image.toString());
        Lab.command("mount", "-o", "loop", image.toString(), mount.toString());
        try {
            Lab.command("truncate", "-s", "16M", mount.resolve("disk").toString());
            Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=shell", """
                    memory: 256MiB
                    disks: [{path: mount/disk, readOnly: false}]
                    limits: {io: {write: 4MiB}, pids: 400}
                    """);
            try (Vm vm = Vm.up(spec)) {
                vm.await("^CROSVM-USERSPACE initrd$");
                Path group = groupOf(vm);
                assertThat(read(group, "io.max")).matches("7:\\d+ rbps=max wbps=4194304 riops=max wiops=max");
                long start = System.nanoTime();
                Lab.command(
                        "sh",
                        "-c",
                        "echo $$ >" + group + "/cgroup.procs && exec dd if=/dev/zero of=" + mount.resolve("written")
                                + " bs=256k count=80 oflag=direct");
                double rate = 20 / ((System.nanoTime() - start) / 1e9);
                System.out.printf("wrote %.2f MiB/s of 4%n", rate);
                assertThat(rate).as("MiB/s").isLessThan(4 * 1.1);
                assertForkBombEnds(group);
                vm.signal("TERM");
                assertThat(vm.endsWithin(Duration.ofSeconds(120))).isTrue();
            }
            awaitNoGroupIn(GROUPS);
        } finally {
            Lab.command("umount", mount.toString());
        }
    }

    /** In the machine's group, as a device process that somebody has taken over would start it. */
    private static void assertForkBombEnds(Path group) throws IOException {
        String said = Lab.command(
                "sh",
                "-c",
                "echo $$ >" + group
                        + "/cgroup.procs; (n=0; while [ $n -lt 1000 ]; do sleep 20 & n=$((n+1)); done) 2>&1 | tail -n 1; exit 0");
        assertThat(said).containsIgnoringCase("fork");
        assertThat(Long.parseLong(read(group, "pids.current"))).isLessThanOrEqualTo(400);
    }
}
