package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines in control groups of a real kernel: held to what the spec says, ended as a whole, and leaving nothing. What takes too much
 * is put into the machine's group by the test, as a device process that somebody has taken over would be; the guests need not get
 * anywhere.
 */
class LimitsBootIT {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final String USER = "65534";
    private static final int PATIENCE = 1200;

    @TempDir
    private Path dir;

    @BeforeEach
    void mountsTheGroups() throws IOException {
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

    /** The machine's group, once it is in it. */
    private static Path awaitGroupIn(Path parent, Vm vm) throws Exception {
        for (int i = 0; i < PATIENCE && vm.isAlive(); i++) {
            for (Path group : groupsIn(parent)) {
                Path last = group.resolve("pids.max"); // Not there before the group has its controllers.
                if (Files.exists(last) && read(group, "pids.max").equals("300")) {
                    return group;
                }
            }
            Thread.sleep(100);
        }
        throw new AssertionError("no group in " + parent + "; crosvm said: " + vm.said());
    }

    private static void awaitNoGroupIn(Path parent) throws Exception {
        for (int i = 0; i < PATIENCE && !groupsIn(parent).isEmpty(); i++) {
            Thread.sleep(100);
        }
        assertThat(groupsIn(parent)).as("groups that are left").isEmpty();
    }

    private static String read(Path group, String file) throws IOException {
        return Files.readString(group.resolve(file)).strip();
    }

    /** Runs a command in the group and returns what it says. */
    private static String inside(Path group, String command) throws IOException {
        return Lab.command("sh", "-c", "echo $$ >" + group + "/cgroup.procs; " + command);
    }

    private static long processorTime(Path group) throws IOException {
        return read(group, "cpu.stat")
                .lines()
                .filter(line -> line.startsWith("usage_usec "))
                .mapToLong(line -> Long.parseLong(line.substring("usage_usec ".length())))
                .sum();
    }

    /** Of its processes one takes all that it can get of each; the last, memory, ends the machine and nothing else. */
    @Test
    void holdsAMachineToItsLimitsAndEndsItWholeWhenItsMemoryIsUsedUp() throws Exception {
        Path image = dir.resolve("device.img");
        Path mount = Files.createDirectory(dir.resolve("mount"));
        Lab.command("truncate", "-s", "256M", image.toString());
        Lab.command("mkfs.ext4", "-q", image.toString());
        Lab.command("mount", "-o", "loop", image.toString(), mount.toString());
        Lab.command("truncate", "-s", "16M", mount.resolve("disk").toString());
        Path spec = Files.writeString(dir.resolve("vm.yaml"), """
                name: boot-test
                kernel: {builtin: idle}
                memory: 256MiB
                disks: [{path: mount/disk, readOnly: false}]
                limits: {cpu: 0.5, memory: 600MiB, io: {write: 4MiB}, pids: 300}
                """);
        try (Vm vm = Vm.up(spec)) {
            vm.await("Idle until the power button is pressed");
            Path group = awaitGroupIn(GROUPS, vm);
            assertThat(read(group, "cpu.max")).isEqualTo("50000 100000");
            assertThat(read(group, "memory.max")).isEqualTo(Long.toString(600L << 20));
            assertThat(read(group, "io.max")).matches("7:\\d+ rbps=max wbps=4194304 riops=max wiops=max");
            assertThat(read(group, "cgroup.procs").lines()).contains(Long.toString(vm.pid()));
            long start = System.nanoTime();
            inside(group, "exec dd if=/dev/zero of=" + mount.resolve("written") + " bs=256k count=40 oflag=direct");
            double rate = 10 / ((System.nanoTime() - start) / 1e9);
            long used = processorTime(group);
            start = System.nanoTime();
            inside(group, "timeout 6 sh -c 'while :; do :; done'; exit 0");
            double cores = (processorTime(group) - used) / ((System.nanoTime() - start) / 1e3);
            System.out.printf("wrote %.2f MiB/s of 4, used %.3f cores of 0.5%n", rate, cores);
            assertThat(rate).as("MiB/s").isLessThan(4 * 1.1);
            assertThat(cores).as("cores").isLessThan(0.5 * 1.1);
            // Shells that wait for a FIFO, which takes no time of the half core; the first that may not fork ends the
            // loop.
            String fifo = dir.resolve("fifo").toString();
            Lab.command("mkfifo", fifo);
            inside(
                    group,
                    "(n=0; while [ $n -lt 1000 ]; do : <" + fifo + " & n=$((n+1)); done) >/dev/null 2>&1; exit 0");
            assertThat(read(group, "pids.events")).as("forks that were refused").doesNotContain("max 0");
            assertThat(Long.parseLong(read(group, "pids.current"))).isLessThanOrEqualTo(300);
            new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ >" + group + "/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=900M count=1")
                    .start()
                    .waitFor();
            assertThat(vm.status()).as("killed").isEqualTo(137);
            awaitNoGroupIn(GROUPS);
        } finally {
            Lab.command("umount", mount.toString());
        }
        String kernel = Lab.command("dmesg");
        assertThat(kernel).contains("Memory cgroup out of memory").doesNotContain("] Out of memory: Killed");
    }

    @Test
    void leavesNothingOfAnOrdinaryUsersMachineThatIsKilled() throws Exception {
        Path delegated = Files.createDirectory(GROUPS.resolve("delegated"));
        Files.writeString(GROUPS.resolve("cgroup.subtree_control"), "+cpu +memory +io +pids");
        Files.createDirectory(delegated.resolve("shell"));
        Lab.command("chown", "-R", USER + ":" + USER, delegated.toString());
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=shell", """
                memory: 256MiB
                limits: {cpu: 0.5, memory: 600MiB, pids: 300}
                """);
        String text = Files.readString(spec);
        for (String image : List.of("vmlinuz", "initrd")) {
            Lab.copyOf(image, dir);
            text = text.replace(Lab.image(image).toString(), image);
        }
        Files.writeString(spec, text);
        Lab.command("chmod", "-R", "a+rX", dir.toString());
        String user = "exec setpriv --reuid=" + USER + " --regid=" + USER
                + " --clear-groups --no-new-privs env HOME=/tmp " + Lab.launcher() + " up " + spec;
        Path java = Path.of(System.getProperty("java.home"));
        try (Vm vm = Vm.start(
                java, dir, "sh", "-c", "echo $$ >" + delegated.resolve("shell/cgroup.procs") + " && " + user)) {
            Path group = awaitGroupIn(delegated, vm);
            assertThat(read(group, "cgroup.procs").lines()).contains(Long.toString(vm.pid()));
            vm.signal("KILL");
            awaitNoGroupIn(delegated);
        }
        Lab.command("rmdir", delegated.resolve("shell").toString());
        // In a group that is not his, the user's machine does not start, and is told why.
        try (Vm refused = Vm.start(java, dir, "sh", "-c", user)) {
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.said())
                    .contains("limits cannot be enforced here: you may not make control groups in /sys/fs/cgroup");
        }
    }
}
