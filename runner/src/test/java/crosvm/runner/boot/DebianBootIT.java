package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** examples/debian.yaml as it stands, with what examples/debian-image.sh makes: a whole Debian to its login prompt and back. */
class DebianBootIT {
    private static final Duration TO_LOGIN = Duration.ofMinutes(6);
    private static final Duration COMMAND = Duration.ofSeconds(120);

    /** Added to the example: what the guest's systemd is to find in SMBIOS. */
    private static final String TOLD = """
            vsock: auto
            guest:
              hostname: web
              timezone: Europe/Berlin
              sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlLb2Zq me@host]
              credentials: {token: token}
            """;

    @TempDir
    private Path dir;

    @BeforeAll
    static void addDefaultRoute() throws IOException {
        HostNet.addDefaultRoute();
    }

    @AfterAll
    static void removeDefaultRoute() throws IOException {
        HostNet.removeDefaultRoute();
    }

    @Test
    void bootsToALoginPromptWithANetworkAndShutsDownCleanly() throws Exception {
        Path made = Path.of(System.getProperty("crosvm.debian"));
        Path spec = Files.copy(Path.of("../examples/debian.yaml"), dir.resolve("debian.yaml"));
        Files.writeString(spec, TOLD, StandardOpenOption.APPEND);
        Path token = Files.writeString(dir.resolve("token"), "s3cret-of-the-guest");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        Files.createSymbolicLink(dir.resolve("vmlinuz"), made.resolve("vmlinuz"));
        Files.createSymbolicLink(dir.resolve("initrd.img"), made.resolve("initrd.img"));
        Path disk = dir.resolve("debian.ext4");
        Lab.command("cp", "--sparse=always", made.resolve("debian.ext4").toString(), disk.toString());
        Path page = Files.writeString(dir.resolve("page"), "from the host");
        HttpServer server = HostNet.serve(page);
        long start = System.nanoTime();
        try (Vm vm = Vm.up(spec)) {
            vm.await("(debian|web) login: ", TO_LOGIN);
            System.out.printf("Debian: login prompt after %d s%n", (System.nanoTime() - start) / 1_000_000_000);
            vm.type("root\n");
            vm.await("root@(debian|web):~# ", COMMAND);
            vm.type("echo state: $(systemctl is-system-running --wait)\n");
            vm.await("state: running", COMMAND);
            vm.type("echo addresses: $(ip -4 -o address)\n");
            vm.await("addresses: .* inet 10.77.0.2/24 ", COMMAND);
            vm.type("echo page: $(curl -sS http://10.77.0.1:"
                    + server.getAddress().getPort() + "/data)\n");
            vm.await("page: from the host", COMMAND);
            vm.type(
                    "echo told: $(hostname) $(readlink /etc/localtime) $(systemd-detect-virt) $(cut -d' ' -f3 /root/.ssh/authorized_keys)\n");
            vm.await("told: web [./]*/usr/share/zoneinfo/Europe/Berlin kvm me@host", COMMAND);
            vm.type("echo credential: $(systemd-creds --system cat token)\n");
            vm.await("credential: s3cret-of-the-guest", COMMAND);
            waysIn();
            vm.type("systemctl poweroff\n");
            assertThat(vm.endsWithin(COMMAND)).as("it powers off").isTrue();
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        } finally {
            server.stop(0);
        }
        assertThat(Lab.command("dumpe2fs", "-h", disk.toString())).containsPattern("Filesystem state: +clean\n");
        Ran after = crosvm("exec debian -- true");
        assertThat(after).isEqualTo(new Ran(125, "", after.err()));
        assertThat(after.err()).contains("crosvm: debian: no machine of that name has run");
    }

    /** ssh over vsock, with the key that the guest was handed: without a network, were it not for the rest of this test. */
    private void waysIn() throws Exception {
        assertThat(crosvm("exec --timeout 5m debian -- sh -c 'cat; echo err >&2; exit 3' <page"))
                .isEqualTo(new Ran(3, "from the host", "err\n"));
        assertThat(crosvm("exec --timeout 5m debian -- sh -c 'kill -9 $$'")).isEqualTo(new Ran(137, "", ""));
        Ran copies = crosvm("""
                mkdir -p src/sub; head -c 5000000 /dev/urandom >src/sub/big; chmod 750 src/sub; ln -s sub/big src/link
                $crosvm cp --timeout 5m src debian:/tmp && $crosvm cp --timeout 5m debian:/tmp/src back && cmp src/sub/big back/link &&
                  stat -c '%A %N' back/sub back/link""");
        assertThat(copies).isEqualTo(new Ran(0, "drwxr-x--- 'back/sub'\nlrwxrwxrwx 'back/link' -> 'sub/big'\n", ""));
        Ran nobody = crosvm("vsock --timeout 0s debian 99");
        assertThat(nobody.status()).isEqualTo(1);
        assertThat(nobody.err()).contains("crosvm: debian: nobody listens on vsock port 99 in the guest");
    }

    private record Ran(int status, String out, String err) {}

    /** A command of the program, or a script in which it is {@code $crosvm}, in the test's folder. */
    private Ran crosvm(String line) throws Exception {
        Path out = dir.resolve("out");
        Path err = dir.resolve("err");
        String script = line.contains("$crosvm") ? line : "$crosvm " + line;
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", script)
                .directory(dir.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("crosvm", Lab.launcher().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(TO_LOGIN.toSeconds(), TimeUnit.SECONDS))
                    .as(line)
                    .isTrue();
            return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }
}
