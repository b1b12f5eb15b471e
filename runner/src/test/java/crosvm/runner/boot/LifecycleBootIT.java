package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of a machine with a stock kernel in the background, from the first up to the last down, by commands alone. */
class LifecycleBootIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path dir;

    private Path disk;

    private record Result(int status, String out, String err) {}

    @BeforeEach
    void hasASpec() throws IOException {
        disk = Lab.copyOf("data.ext4", dir);
        Files.createDirectory(dir.resolve("run"));
        Lab.spec(
                dir,
                "vmlinuz",
                "quiet crosvm.test=lifecycle",
                "disks: [{id: data, path: data.ext4, readOnly: false}]\nmemory: 256MiB");
    }

    @AfterEach
    void endsWhatRuns() throws Exception {
        Matcher pids = Pattern.compile("\"pid\": ([0-9]+)")
                .matcher(crosvm("ps", "--format", "json").out());
        while (pids.find()) {
            ProcessHandle.of(Long.parseLong(pids.group(1))).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private Result crosvm(String... words) throws Exception {
        Path out = Files.createTempFile(dir, "out", "");
        Path err = Files.createTempFile(dir, "err", "");
        Process process = start(out, err, words);
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS))
                    .as("crosvm %s ends", List.of(words))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private Process start(Path out, Path err, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(Lab.launcher().toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", dir.resolve("run").toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private Result must(String... words) throws Exception {
        Result result = crosvm(words);
        assertThat(result.status())
                .as("status of %s, which said: %s%s", List.of(words), result.out(), result.err())
                .isZero();
        return result;
    }

    private void up() throws Exception {
        must("up", "-d", "--wait", "login: $", "--wait-timeout", "240s");
    }

    private void awaitNobody() throws Exception {
        for (int i = 0; i < 150 && pidOrNone() >= 0; i++) {
            Thread.sleep(200);
        }
    }

    private long pid() throws Exception {
        Matcher pid = Pattern.compile("\"pid\": ([0-9]+)")
                .matcher(must("ps", "--format", "json").out());
        assertThat(pid.find()).as("a machine runs").isTrue();
        return Long.parseLong(pid.group(1));
    }

    private long pidOrNone() throws Exception {
        Matcher pid = Pattern.compile("\"pid\": ([0-9]+)")
                .matcher(must("ps", "--format", "json").out());
        return pid.find() ? Long.parseLong(pid.group(1)) : -1;
    }

    private void kill() throws Exception {
        ProcessHandle process = ProcessHandle.of(pid()).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(30, TimeUnit.SECONDS);
    }

    /** At a terminal: attaches, types a line, waits for the guest's answer, leaves by the escape key. */
    private long hostMinusGuestClock(String word) throws Exception {
        String command = "env XDG_RUNTIME_DIR=" + dir.resolve("run") + " JAVA_HOME=" + System.getProperty("java.home")
                + " " + Lab.launcher() + " console boot-test";
        try (Vm terminal =
                Vm.start(Path.of(System.getProperty("java.home")), dir, "script", "-qec", command, "/dev/null")) {
            terminal.await("login: ", SOON);
            terminal.type(word + "\r");
            Matcher answer = terminal.await("CROSVM-got " + word + " .*uptime=([0-9]+)\\.", SOON);
            long host = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
            terminal.type("\001x");
            assertThat(terminal.endsWithin(SOON)).as("Ctrl-A x leaves").isTrue();
            return host - Long.parseLong(answer.group(1));
        }
    }

    @Test
    void livesFromUpToDown() throws Exception {
        up();
        assertThat(must("ps").out()).containsPattern("boot-test +running +[0-9]+ .* 256MiB .*vm.yaml");
        assertThat(must("logs", "boot-test").out()).contains("CROSVM-mounted vda ext4 rw", "login: ");
        long before = hostMinusGuestClock("first");

        assertThat(must("stats", "boot-test").out()).contains("vCPU 0", "data");
        must("balloon", "--size", "64MiB", "boot-test");
        assertThat(must("balloon", "boot-test").out()).contains("64MiB");

        must("suspend", "boot-test");
        assertThat(must("ps").out()).contains("suspended");
        String exits = must("stats", "--format", "json", "boot-test").out();
        Thread.sleep(12_000);
        assertThat(exitsIn(must("stats", "--format", "json", "boot-test").out()))
                .as("exits of the suspended vCPU")
                .isEqualTo(exitsIn(exits));
        must("resume", "boot-test");
        assertThat(hostMinusGuestClock("second") - before)
                .as("seconds that passed for the host and not for the guest")
                .isGreaterThanOrEqualTo(10);

        must("disk", "resize", "boot-test", "data", "96MiB");
        hostMinusGuestClock("third");
        assertThat(must("logs", "boot-test").out()).contains("vda=196608");

        Result down = must("down", "--timeout", "60s", "boot-test");
        assertThat(down.err()).doesNotContain("did not shut down");
        assertThat(must("ps", "-q").out()).isEmpty();
        assertThat(must("wait", "boot-test").status()).isZero();
        assertThat(must("logs", "boot-test").out()).contains("CROSVM-ending poweroff");
        Lab.assertUnlocked(disk);
        Lab.command("e2fsck", "-fn", disk.toString());
        assertThat(Lab.command("dumpe2fs", "-h", disk.toString())).containsPattern("Filesystem state: +clean\n");
        assertThat(Lab.readFromExt4(disk, "/lifecycle")).contains("alive");
    }

    private static List<String> exitsIn(String stats) {
        List<String> exits = Pattern.compile("\"exits\": *\\{[^}]*\\}")
                .matcher(stats)
                .results()
                .map(match -> match.group())
                .toList();
        assertThat(exits).as(stats).isNotEmpty();
        return exits;
    }

    @Test
    void comesBackAfterAKillInEveryState() throws Exception {
        must("up", "-d");
        killAndFindDead("starting");
        up();
        killAndFindDead("running");
        up();
        must("suspend", "boot-test");
        killAndFindDead("suspended");
        up();
        Process down = start(dir.resolve("down.out"), dir.resolve("down.err"), "down", "--timeout", "60s", "boot-test");
        try {
            // Whether the guest is still at it or gone already when the kill comes: nothing is left of it.
            Thread.sleep(1000);
            ProcessHandle.of(pidOrNone()).ifPresent(ProcessHandle::destroyForcibly);
        } finally {
            down.destroyForcibly();
        }
        awaitNobody();
        up();
        must("down", "--timeout", "60s", "boot-test");
        assertThat(must("ps", "-q").out()).isEmpty();
        assertThat(Lab.command("dumpe2fs", "-h", disk.toString())).containsPattern("Filesystem state: +clean\n");
    }

    private void killAndFindDead(String state) throws Exception {
        kill();
        assertThat(must("ps", "-a").out()).as("killed while it was %s", state).contains("died");
        Lab.assertUnlocked(disk);
    }
}
