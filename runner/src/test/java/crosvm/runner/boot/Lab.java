package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What the lab hands to the boot tests, and what they ask of the host. */
final class Lab {
    private static final long LAST_WORDS = 60_000_000_000L;

    private Lab() {}

    /** An image made by .ci/lab/images. */
    static Path image(String name) {
        return Path.of(property("crosvm.images")).resolve(name);
    }

    static Path launcher() {
        return Path.of(property("crosvm.launcher"));
    }

    /** The home of a JDK 25, when this machine has one. */
    static Optional<Path> jdk25() {
        return Optional.ofNullable(System.getProperty("crosvm.jdk25"))
                .filter(home -> !home.isEmpty())
                .map(Path::of);
    }

    /**
     * What makes a command that of the ordinary user whose number is {@code crosvm.user}; nothing when there is none. The user
     * gets the test's folder, and can read where the images and the program lie.
     */
    static List<String> asUser(Path dir) throws IOException {
        String user = System.getProperty("crosvm.user", "");
        if (user.isEmpty()) {
            return List.of();
        }
        command("chown", "-R", user + ":" + user, dir.toString());
        command("chmod", "666", "/dev/kvm"); // As udev does for a group; the lab has none.
        for (Path readable : List.of(image("vmlinuz"), launcher())) {
            for (Path folder = readable.getParent(); folder != null; folder = folder.getParent()) {
                command("chmod", "a+x", folder.toString()); // The lab forgets it at its end.
            }
        }
        return List.of(
                "setpriv",
                "--reuid=" + user,
                "--regid=" + user,
                "--clear-groups",
                "--no-new-privs",
                "env",
                "HOME=" + dir);
    }

    /** A copy of an image that the test may write to; stays sparse. */
    static Path copyOf(String name, Path dir) throws IOException {
        Path copy = dir.resolve(name);
        command("cp", "--sparse=always", image(name).toString(), copy.toString());
        return copy;
    }

    /** Runs a command of the host to its end and returns what it printed; fails the test when it fails. */
    static String command(String... words) throws IOException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes());
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("%s ends", List.of(words))
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as("status of %s, which said: %s", List.of(words), text)
                .isZero();
        return text;
    }

    /**
     * Waits until none of the processes is left, which takes well below two seconds on a machine that is not emulated.
     *
     * @return the milliseconds it took
     */
    static long awaitEnd(List<ProcessHandle> processes) {
        long start = System.nanoTime();
        // Asleep: the lab has one processor, which they need.
        CompletableFuture.allOf(processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, LAST_WORDS, TimeUnit.NANOSECONDS)
                .join();
        long milliseconds = (System.nanoTime() - start) / 1_000_000;
        assertThat(processes).as("processes after %d ms", milliseconds).noneMatch(ProcessHandle::isAlive);
        return milliseconds;
    }

    /** The text of a file inside an ext4 image that nobody has mounted. */
    static String readFromExt4(Path image, String file) throws IOException {
        return command("debugfs", "-R", "cat " + file, image.toString());
    }

    /** That nobody holds a lock on the image: an fcntl lock, which ours conflicts with, can be had. */
    static void assertUnlocked(Path image) throws IOException {
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            assertThat(lock).as("a lock on %s", image).isNotNull();
        }
    }

    /** The processes for which vhost serves rings: the kernel's worker threads are called vhost- and the owner's thread. */
    static List<Long> ownersOfVhost() throws IOException {
        String owners = "for t in $(cat /proc/[0-9]*/task/*/comm 2>/dev/null | sort -u | sed -n 's/^vhost-//p'); do"
                + " sed -n 's/^Tgid:[^0-9]*//p' /proc/$t/status; done";
        return command("sh", "-c", owners).lines().map(Long::valueOf).distinct().toList();
    }

    static void assertVhostServesAJailOf(Vm vm) throws IOException {
        assertThat(ownersOfVhost())
                .as("processes for which the kernel serves rings")
                .isNotEmpty()
                .doesNotContain(vm.pid())
                .isSubsetOf(vm.processes().stream().map(ProcessHandle::pid).toList());
    }

    /** Writes a spec whose kernel is an image of ours with our initrd. */
    static Path spec(Path dir, String kernel, String params, String rest) throws IOException {
        String text = """
                name: boot-test
                kernel:
                  image: %s
                  initrd: %s
                  params: %s
                %s
                """.formatted(image(kernel), image("initrd"), params, rest);
        return Files.writeString(dir.resolve("vm.yaml"), text);
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set: boot tests run in the lab, by .ci/test");
        }
        return value;
    }
}
