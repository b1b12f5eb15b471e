package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people ask for first: the qcow2 image that a distribution publishes, by its URL and digest, booted as its own GRUB would,
 * and as it was when the machine has ended. With what .ci/lab/debian-disk makes. Too long for the gate, and so not one of its classes:
 *
 * <pre>.ci/lab-class -Dcrosvm.debianDisk="$(.ci/lab/debian-disk)" -Dcrosvm.launcher="$PWD/runner/target/crosvm/bin/crosvm" runner PublishedImageNightly</pre>
 */
class PublishedImageNightly {
    private static final Duration TO_LOGIN = Duration.ofMinutes(15);
    private static final Duration COMMAND = Duration.ofMinutes(5);

    @TempDir
    private Path dir;

    private final Path image = Path.of(System.getProperty("crosvm.debianDisk"), "debian-13.qcow2");
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/debian-13.qcow2", exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(200, Files.size(image));
            try (OutputStream out = exchange.getResponseBody()) {
                Files.copy(image, out);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Vm crosvm(String... words) throws IOException {
        String[] command = new String[4 + words.length];
        command[0] = "env";
        command[1] = "XDG_CACHE_HOME=" + dir.resolve("cache");
        command[2] = "XDG_RUNTIME_DIR=" + dir;
        command[3] = Lab.launcher().toString();
        System.arraycopy(words, 0, command, 4, words.length);
        return Vm.start(Path.of(System.getProperty("java.home")), dir, command);
    }

    /** Runs a command to its end, which is to be good. */
    private void succeeds(Duration limit, String... words) throws IOException {
        try (Vm vm = crosvm(words)) {
            assertThat(vm.endsWithin(limit)).as("crosvm %s ends", words[0]).isTrue();
            assertThat(vm.status()).as("crosvm %s: %s", words[0], vm.said()).isZero();
        }
    }

    @Test
    void pullsBootsAndLeavesThePublishedImageAsItIs() throws Exception {
        String digest =
                Files.readString(image.resolveSibling("debian-13.sha256")).strip();
        String spec = Files.writeString(dir.resolve("vm.yaml"), """
                        name: job
                        kernel: {from: root, params: systemd.show_status=no}
                        memory: 512MiB
                        disks:
                          - root: true
                            source: {url: "http://127.0.0.1:%d/debian-13.qcow2", sha256: %s}
                            format: qcow2
                            writes: discard
                        """.formatted(
                                server.getAddress().getPort(), digest))
                .toString();
        succeeds(COMMAND, "pull", spec);
        assertThat(requests).hasValue(1);
        Path cached = dir.resolve("cache/crosvm/images").resolve(digest);
        try {
            succeeds(TO_LOGIN, "up", "-d", "--wait", "login:", "--wait-timeout", "870s", spec);
            try (Vm console = crosvm("console", "job")) {
                console.type("\n");
                console.await("debian login: ", COMMAND);
                console.type("root\n");
                console.await("root@debian:~# ", COMMAND);
                console.type("echo booted: $(cat /proc/cmdline) from $(findmnt -no SOURCE /)\n");
                console.await("booted: .*ro quiet from-grub root=PARTUUID=6f8a5b1c-.* from /dev/vda2", COMMAND);
                console.type("echo kept > /kept; sync; echo written: $(cat /kept)\n");
                console.await("written: kept", COMMAND);
            }
            succeeds(COMMAND, "down", "job");
            Lab.command("cmp", image.toString(), cached.toString());
            // Whatever it comes to: what it needs is there.
            succeeds(COMMAND, "up", "-d", spec);
            succeeds(COMMAND, "stop", "job");
            assertThat(requests).as("requests for the image").hasValue(1);
        } finally {
            try (Vm kill = crosvm("stop", "job")) {
                kill.endsWithin(COMMAND);
            }
        }
        Lab.command("cmp", image.toString(), cached.toString());
    }
}
