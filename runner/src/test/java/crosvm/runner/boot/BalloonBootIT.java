package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.instance.ControlClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that a guest gives up really leaves the monitor, seen by its resident size. */
class BalloonBootIT {
    private static final Pattern SHARED = Pattern.compile("RssShmem:\\s+(\\d+) kB");

    @TempDir
    private Path dir;

    @Test
    void inflatingGivesMemoryToTheHostAndDeflatingGivesItBackToTheGuest() throws Exception {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=fill,balloon", """
                memory: 512MiB
                balloon: {initial: 256MiB, freePageReporting: false}
                """);
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-filled$");
            long full = residentMebibytes(vm);
            assertThat(full).as("MiB resident when the guest has touched them").isGreaterThan(320);
            vm.type("\n");
            vm.await("^CROSVM-balloon took (\\d+) MiB$");
            awaitResident(vm, full - 200, Duration.ofSeconds(60));
            vm.type("\n");
            Matcher gone = vm.await("^CROSVM-balloon gone: (-?\\d+) MiB less$");
            assertThat(Integer.parseInt(gone.group(1)))
                    .as("MiB that the guest still lacks")
                    .isLessThan(40);
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        }
    }

    /** The 2018 crosvm's form, a signed number of 4-KiB pages and a socket, and the form with a size. */
    @Test
    void isInflatedAndDeflatedFromOutside() throws Exception {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=report crosvm.fill=320", """
                memory: 512MiB
                control: c.sock
                balloon: {freePageReporting: false}
                """);
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-filled$");
            long full = residentMebibytes(vm);
            assertThat(full).as("MiB resident when the guest has touched them").isGreaterThan(320);
            balloon("--size", "256MiB");
            long start = System.nanoTime();
            awaitResident(vm, full - 200, Duration.ofSeconds(60));
            System.out.printf(
                    "inflated by 256 MiB: %d MiB resident of %d after %d ms%n",
                    residentMebibytes(vm), full, (System.nanoTime() - start) / 1_000_000);
            awaitActual(256L << 20);
            balloon("1000");
            awaitActual((256L << 20) + 4096_000);
            balloon("-1000");
            awaitActual(256L << 20);
            assertThat(balloon("--stats")).containsPattern("(?i)free");
            balloon("--size", "0");
            awaitActual(0);
            vm.type("\n");
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        }
    }

    private String balloon(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(Lab.launcher().toString(), "balloon"));
        command.addAll(List.of(words));
        command.add(dir.resolve("c.sock").toString());
        return Lab.command(command.toArray(String[]::new));
    }

    private void awaitActual(long bytes) throws Exception {
        try (ControlClient client = ControlClient.connect("boot-test", dir.resolve("c.sock"))) {
            Instant deadline = Instant.now().plusSeconds(60);
            long actual = actual(client);
            while (actual != bytes && Instant.now().isBefore(deadline)) {
                Thread.sleep(50);
                actual = actual(client);
            }
            assertThat(actual).as("bytes in the balloon").isEqualTo(bytes);
        }
    }

    private static long actual(ControlClient client) {
        return ((Number) client.ask("balloon", Map.of()).get("actual")).longValue();
    }

    @Test
    void aGuestReportsFreePagesByItself() throws Exception {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=report crosvm.fill=300", "memory: 512MiB");
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-filled$");
            // What is resident once the guest has reported what it deleted: its kernel, initrd and odds and ends.
            awaitResident(vm, 200, Duration.ofSeconds(60));
            vm.type("\n");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
    }

    private static void awaitResident(Vm vm, long most, Duration limit) throws Exception {
        Instant deadline = Instant.now().plus(limit);
        long resident = residentMebibytes(vm);
        while (resident > most && Instant.now().isBefore(deadline)) {
            Thread.sleep(20); // The lab has one processor, which the guest needs.
            resident = residentMebibytes(vm);
        }
        assertThat(resident).as("MiB resident after %s", limit).isLessThanOrEqualTo(most);
    }

    /** Guest memory that the monitor has in RAM. */
    private static long residentMebibytes(Vm vm) throws IOException {
        Matcher matcher = SHARED.matcher(Files.readString(Path.of("/proc", Long.toString(vm.pid()), "status")));
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1)) / 1024;
    }
}
