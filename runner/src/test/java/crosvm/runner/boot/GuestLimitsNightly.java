package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What fio and iperf3 measure in a guest whose limits are far below what the lab can do, so that the limits decide and not the emulated
 * processor. Some six minutes of the lab: run by hand, as {@link PublishedImageNightly} is, with the images of
 * {@code .ci/lab/images bench}.
 */
class GuestLimitsNightly {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final int SECONDS = 30;
    private static final Duration COMMAND = Duration.ofSeconds(300);
    private static final Duration BOOTS = Duration.ofSeconds(600);

    /** A figure, what it was to be, and in what. */
    private record Measured(String what, double figure, double limit, String unit) {
        @Override
        public String toString() {
            return "%s: %.1f of %.1f %s (%+.1f %%)".formatted(what, figure, limit, unit, 100 * (figure / limit - 1));
        }
    }

    @TempDir
    private Path dir;

    private final List<Measured> measured = new ArrayList<>();
    private int asked;

    /** The traffic control that Debian's kernel has as modules, which the lab has not loaded. */
    @BeforeEach
    void preparesTheHost() throws IOException {
        if (!Files.exists(GROUPS.resolve("cgroup.controllers"))) {
            Lab.command("mount", "-t", "cgroup2", "cgroup2", GROUPS.toString());
        }
        String kernel = System.getenv("CROSVM_LAB") + "/kernel/amd64";
        for (String module : List.of("sch_tbf", "sch_ingress", "cls_u32", "act_mirred", "ifb")) {
            Lab.command("sh", "-c", "modprobe -d " + kernel + " -S $(uname -r) " + module);
        }
    }

    /** A number that a command prints in the guest. */
    private double number(Vm vm, String command) throws IOException {
        asked++;
        // What is typed is echoed, without the number.
        vm.type("echo N" + asked + "-$(" + command + ")-END\n");
        return Double.parseDouble(
                vm.await("N" + asked + "-([0-9.]+)-END", COMMAND).group(1));
    }

    private double fio(Vm vm, String disk, String options, int field) throws IOException {
        return number(
                vm,
                "fio --name=job --filename=/dev/" + disk + " --direct=1 --ioengine=libaio --time_based --runtime="
                        + SECONDS + " --eta=never --output-format=terse --terse-version=3 " + options
                        + " | busybox awk -F';' '{ print $" + field + " }'");
    }

    private double iperf(Vm vm, String host, String options) throws IOException {
        return number(
                vm,
                "iperf3 -c " + host + " -t " + SECONDS + " -f k " + options
                        + " | busybox awk '/receiver/ { print $(NF - 2) }'");
    }

    private void within(String what, double figure, double limit, String unit) {
        Measured one = new Measured(what, figure, limit, unit);
        System.out.println(one);
        measured.add(one);
    }

    /**
     * Fields of fio's terse output, version 3: KiB/s of reads, and of writes (its requests a second are whole numbers). So many requests wait that the limit
     * always has one to let through, however late the emulated guest sends the next.
     */
    private void measureDisks(Vm vm) throws IOException {
        within("fio 4k reads, 40 a second", fio(vm, "vdb", "--rw=randread --bs=4k --iodepth=32", 7), 160, "KiB/s");
        within("fio 4k writes, 40 a second", fio(vm, "vdb", "--rw=randwrite --bs=4k --iodepth=32", 48), 160, "KiB/s");
        within("fio 16k reads", fio(vm, "vdb", "--rw=read --bs=16k --iodepth=32", 7), 256, "KiB/s");
        within("fio 16k writes", fio(vm, "vdb", "--rw=write --bs=16k --iodepth=32", 48), 256, "KiB/s");
        // What the kernel still takes for the writes of whoever has made the file, it takes for the machine's after
        // some seconds.
        within(
                "fio 64k writes through the host's page cache, flushed",
                fio(vm, "vdc", "--rw=write --bs=64k --iodepth=1 --fsync=2 --ramp_time=30", 48),
                256,
                "KiB/s");
    }

    /** Kilobits a second that arrive as data; the limits count Ethernet headers, too, which are four percent. */
    private void measureNetworks(Vm vm) throws IOException {
        double kibibyte = 8 * 1.024;
        within("iperf3 to the host, vhost", iperf(vm, "198.18.9.1", ""), 128 * kibibyte, "kbit/s");
        within("iperf3 to the guest, vhost", iperf(vm, "198.18.9.1", "-R"), 256 * kibibyte, "kbit/s");
        within("iperf3 to the host", iperf(vm, "198.18.10.1", ""), 256 * kibibyte, "kbit/s");
        within("iperf3 to the guest", iperf(vm, "198.18.10.1", "-R"), 128 * kibibyte, "kbit/s");
    }

    @Test
    void areKeptToATenth() throws Exception {
        Path image = dir.resolve("device.img");
        Path mount = Files.createDirectory(dir.resolve("mount"));
        Lab.command("truncate", "-s", "400M", image.toString());
        Lab.command("mkfs.ext4", "-q", image.toString());
        Lab.command("mount", "-o", "loop", image.toString(), mount.toString());
        for (String disk : List.of("direct", "cached")) {
            // Written, for what a file has holes for is not read from the device.
            Lab.command("dd", "if=/dev/urandom", "of=" + mount.resolve(disk), "bs=1M", "count=128", "conv=fsync");
        }
        // What is written is in the page cache, so that the guest's root is not read at the disks' pace.
        Files.copy(Lab.image("bench.squashfs"), mount.resolve("root.squashfs"));
        Path spec = Lab.spec(
                dir, "vmlinuz", "\"quiet crosvm.test=net,shell crosvm.ip=198.18.9.2/24 crosvm.peer=198.18.9.1\"", """
                memory: 256MiB
                disks:
                  - {path: mount/root.squashfs, root: true}
                  - {path: mount/direct, readOnly: false, cache: none}
                  - {path: mount/cached, readOnly: false}
                networks:
                  - {hostIp: 198.18.9.1, netmask: 255.255.255.0, vhost: "on", limit: {rx: 256KiB, tx: 128KiB}}
                  - {hostIp: 198.18.10.1, netmask: 255.255.255.0, vhost: "off", limit: {rx: 128KiB, tx: 256KiB}}
                limits: {io: {read: 256KiB, write: 256KiB, readIops: 40, writeIops: 40}}
                """);
        Process server = new ProcessBuilder("iperf3", "-s")
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("iperf3").toFile())
                .start();
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-shell", BOOTS);
            vm.type("busybox ip address add 198.18.10.2/24 dev eth1; busybox stty -echo; echo SET-$((1 + 1))\n");
            vm.await("SET-2", COMMAND);
            measureNetworks(vm);
            measureDisks(vm);
            vm.type("busybox poweroff -f\n");
            assertThat(vm.endsWithin(COMMAND)).as("it powers off").isTrue();
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        } finally {
            server.destroyForcibly().waitFor();
            Lab.command("umount", mount.toString());
        }
        SoftAssertions.assertSoftly(softly -> measured.forEach(one ->
                softly.assertThat(one.figure()).as(one.toString()).isBetween(0.9 * one.limit(), 1.1 * one.limit())));
    }

    /** What goes on meanwhile: a machine beside it, and a program of the host. */
    private record Beside(Vm machine, Path host) {
        long ticks() {
            return machine.console().lines().stream()
                    .filter(line -> line.text().contains("CROSVM-tick"))
                    .count();
        }
    }

    /** Ticks of the machine and of the host in a while, in which something is done. */
    private double[] during(String what, Beside beside, Callable<?> task) throws Exception {
        long machine = beside.ticks();
        long host = Files.size(beside.host());
        long start = System.nanoTime();
        task.call();
        TimeUnit.SECONDS.sleep(SECONDS);
        double seconds = (System.nanoTime() - start) / 1e9;
        double[] rates = {(beside.ticks() - machine) / seconds, (Files.size(beside.host()) - host) / seconds};
        System.out.printf("%s: %.2f ticks/s of the other machine, %.2f of the host%n", what, rates[0], rates[1]);
        return rates;
    }

    private Path specIn(String name, String params, String limits) throws IOException {
        Path folder = Files.createDirectory(dir.resolve(name));
        Path spec = Lab.spec(folder, "vmlinuz", "quiet crosvm.test=" + params, "memory: 256MiB\n" + limits);
        return Files.writeString(spec, Files.readString(spec).replace("boot-test", name));
    }

    /** In the guest, and in the machine's group, where a device process would be that somebody has taken over. */
    @Test
    void leaveTheHostAndOtherMachinesAloneWhateverTheyTry() throws Exception {
        Path host = Files.createFile(dir.resolve("host"));
        Process heart = new ProcessBuilder("sh", "-c", "while :; do printf x; sleep 0.2; done")
                .redirectOutput(host.toFile())
                .start();
        try (Vm other = Vm.up(specIn("other", "control", ""));
                Vm vm = Vm.up(specIn("greedy", "shell", "limits: {cpu: 0.5, memory: 600MiB, pids: 300}"))) {
            Beside beside = new Beside(other, host);
            other.await("CROSVM-tick", BOOTS);
            vm.await("^CROSVM-shell", BOOTS);
            Path group;
            try (Stream<Path> groups = Files.list(GROUPS)) {
                group = groups.filter(one -> one.getFileName().toString().startsWith("crosvm-"))
                        .findFirst()
                        .orElseThrow();
            }
            String join = "echo $$ >" + group + "/cgroup.procs; ";
            double[] quiet = during("quiet", beside, () -> "");
            List<double[]> rates = new ArrayList<>();
            rates.add(during("a fork bomb in the guest", beside, () -> {
                vm.type("bomb() { bomb | bomb & }; bomb\n");
                return "";
            }));
            rates.add(during(
                    "a fork bomb in its group",
                    beside,
                    () -> new ProcessBuilder("sh", "-c", join + "(while sleep 60 & do :; done) >/dev/null 2>&1; exit 0")
                            .start()
                            .waitFor()));
            assertThat(Files.readString(group.resolve("pids.events"))).doesNotContain("max 0");
            rates.add(during(
                    "a memory hog in its group",
                    beside,
                    () -> new ProcessBuilder("sh", "-c", join + "exec dd if=/dev/zero of=/dev/null bs=900M count=1")
                            .start()
                            .waitFor()));
            assertThat(vm.status()).as("killed").isEqualTo(137);
            assertThat(rates).allSatisfy(rate -> {
                assertThat(rate[0]).as("the other machine").isGreaterThan(quiet[0] / 4);
                assertThat(rate[1]).as("the host").isGreaterThan(quiet[1] / 4);
            });
            assertThat(other.isAlive()).as(other.said()).isTrue();
        } finally {
            heart.destroyForcibly().waitFor();
        }
        assertThat(Lab.command("dmesg"))
                .contains("Memory cgroup out of memory")
                .doesNotContain("] Out of memory: Killed");
    }
}
