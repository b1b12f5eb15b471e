package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
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
            vm.type("systemctl poweroff\n");
            assertThat(vm.endsWithin(COMMAND)).as("it powers off").isTrue();
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        } finally {
            server.stop(0);
        }
        assertThat(Lab.command("dumpe2fs", "-h", disk.toString())).containsPattern("Filesystem state: +clean\n");
    }
}
