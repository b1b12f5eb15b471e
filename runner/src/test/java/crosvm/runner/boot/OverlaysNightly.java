package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guests that share a base image, each with an overlay of its own, or with one that is thrown away. Five boots, two of them at
 * once: run by hand, as {@link PublishedImageNightly} is.
 */
class OverlaysNightly {
    private static final Duration COMMAND = Duration.ofSeconds(180);

    /** Eight files of a mebibyte, and their sums. */
    private static final String WRITE = "b=/bin/busybox; $b mkdir -p /d; $b mount -t ext4 /dev/vda /d;"
            + " for n in 1 2 3 4 5 6 7 8; do $b dd if=/dev/urandom of=/d/f$n bs=64k count=16 2>/dev/null; $b sync; done;"
            + " $b md5sum /d/f* > /d/sums; $b sync; echo WROTE-$($b wc -l < /d/sums)-files\n";

    private static final String CHECK = "b=/bin/busybox; $b mkdir -p /d; $b mount -t ext4 /dev/vda /d;"
            + " echo GOOD-$($b md5sum -c /d/sums | $b grep -c OK)-files\n";

    private static final String OFF = "$b umount /d; $b poweroff -f\n";

    @TempDir
    private Path dir;

    private Path base;

    @BeforeEach
    void copyTheBase() throws IOException {
        base = Lab.copyOf("data.ext4", dir);
    }

    private Vm up(String name, String writes) throws IOException {
        Path folder = Files.createDirectories(dir.resolve(name));
        Path spec = Lab.spec(
                folder, "vmlinuz", "quiet crosvm.test=shell", "disks: [{path: ../data.ext4, writes: " + writes + "}]");
        Files.writeString(spec, Files.readString(spec).replace("boot-test", name));
        Path temporary = Files.createDirectories(dir.resolve("tmp"));
        return Vm.start(
                Path.of(System.getProperty("java.home")),
                folder,
                "env",
                "TMPDIR=" + temporary,
                Lab.launcher().toString(),
                "up",
                spec.toString());
    }

    private static void ends(Vm vm) throws IOException {
        vm.type(OFF);
        assertThat(vm.endsWithin(COMMAND)).as("it powers off").isTrue();
        assertThat(vm.status()).as(vm.said()).isZero();
        assertThat(vm.complaints()).isEmpty();
    }

    @Test
    void keepEachGuestsWritesOnOneBaseThatStaysAsItIs() throws IOException {
        try (Vm one = up("one", "own.qcow2");
                Vm two = up("two", "own.qcow2")) {
            one.await("^CROSVM-shell");
            two.await("^CROSVM-shell");
            one.type(WRITE);
            two.type(WRITE);
            one.await("WROTE-8-files", COMMAND);
            two.await("WROTE-8-files", COMMAND);
            ends(one);
            ends(two);
        }
        String first = sums("one");
        assertThat(first).hasLineCount(8).isNotEqualTo(sums("two"));
        try (Vm again = up("one", "own.qcow2")) {
            again.await("^CROSVM-shell");
            again.type(CHECK);
            again.await("GOOD-8-files", COMMAND);
            ends(again);
        }
        assertThat(sums("one")).isEqualTo(first);
        Lab.command("cmp", base.toString(), Lab.image("data.ext4").toString());
    }

    /** The sums that a guest has written, out of its overlay on the base, whose file system is sound. */
    private String sums(String name) throws IOException {
        Path own = dir.resolve(name).resolve("own.qcow2");
        Path whole = dir.resolve(name).resolve("whole.qcow2");
        Path raw = dir.resolve(name).resolve("whole.img");
        Files.deleteIfExists(whole);
        Lab.command(
                Lab.launcher().toString(),
                "disk",
                "clone",
                "--image-format",
                "qcow2",
                "--base",
                base.toString(),
                "--base-format",
                "raw",
                own.toString(),
                whole.toString());
        Lab.command("qemu-img", "check", "-q", "-f", "qcow2", whole.toString());
        Lab.command("qemu-img", "convert", "-f", "qcow2", "-O", "raw", whole.toString(), raw.toString());
        assertThat(Lab.command("e2fsck", "-fn", raw.toString())).doesNotContain("was not cleanly unmounted");
        return Lab.readFromExt4(raw, "/sums")
                .lines()
                .filter(line -> line.contains("/d/f"))
                .reduce("", (a, b) -> a.isEmpty() ? b : a + "\n" + b);
    }

    @Test
    void leaveNothingWhenTheyAreDiscardedEvenIfTheMonitorIsKilled() throws IOException {
        try (Vm vm = up("one", "discard")) {
            vm.await("^CROSVM-shell");
            vm.type(WRITE);
            vm.await("WROTE-8-files", COMMAND);
            List<ProcessHandle> processes = vm.processes();
            assertThat(processes).hasSizeGreaterThan(1);
            vm.signal("KILL");
            assertThat(vm.endsWithin(COMMAND)).isTrue();
            Lab.awaitEnd(processes);
        }
        assertThat(dir.resolve("tmp")).isEmptyDirectory();
        Lab.assertUnlocked(base);
        Lab.command("cmp", base.toString(), Lab.image("data.ext4").toString());
        try (Vm vm = up("one", "discard")) {
            vm.await("^CROSVM-shell");
            vm.type("b=/bin/busybox; $b mkdir /d; $b mount -t ext4 /dev/vda /d; echo THERE-$($b ls /d)-END\n");
            vm.await("THERE-lost.found-END", COMMAND);
            ends(vm);
        }
    }
}
