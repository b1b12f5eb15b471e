package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A Debian without a network, called web, as the nightly tests of the ways into a guest start it: its spec in a folder, and the
 * program run there as people do.
 */
record DebianGuest(Path dir, Path image, Shell shell) {
    /** What no command may take longer than. */
    static final Duration LIMIT = Duration.ofMinutes(40);

    /** What its systemd starts by itself and sshd does without. */
    private static final List<String> NEEDLESS = List.of(
            "systemd-resolved.service",
            "systemd-network-generator.service",
            "systemd-udev-trigger.service",
            "systemd-udevd.service",
            "systemd-udevd-kernel.socket",
            "systemd-udevd-control.socket",
            "systemd-journal-flush.service",
            "systemd-update-utmp.service",
            "systemd-sysusers.service",
            "systemd-remount-fs.service",
            "systemd-random-seed.service",
            "kmod-static-nodes.service",
            "sys-kernel-debug.mount",
            "cryptsetup.target",
            "local-fs.target");

    /**
     * For the guest of an image.
     *
     * @param property which names the folder that .ci/lab/debian has made
     * @param environment variables for the program
     */
    static DebianGuest of(Path dir, String property, Map<String, String> environment) throws IOException {
        Map<String, String> variables = new LinkedHashMap<>(environment);
        variables.put(
                "XDG_RUNTIME_DIR", Files.createDirectory(dir.resolve("run")).toString());
        return new DebianGuest(dir, Path.of(System.getProperty(property)), new Shell(dir, variables, LIMIT));
    }

    /** So that all that lies there is the test's, and is soon searched; the lab forgets it at its end. */
    static void mountAnEmptyTemporaryFolder() throws IOException {
        Lab.command("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp");
    }

    /** Kernel parameters with which a Debian 12 starts little more than sshd's socket. */
    static String lean() {
        return "quiet systemd.unit=sshd-vsock.socket fstab=no modules-load=vmw_vsock_virtio_transport "
                + NEEDLESS.stream().map(unit -> "systemd.mask=" + unit).collect(Collectors.joining(" "));
    }

    /** Writes web.yaml; the guest's writes are kept nowhere. */
    void spec(String params, String more) throws IOException {
        Files.writeString(dir.resolve("web.yaml"), """
                name: web
                kernel: {image: %1$s/vmlinuz, initrd: %1$s/initrd.img, params: "%2$s"}
                memory: 1GiB
                disks: [{id: root, path: %1$s/debian.ext4, root: true, readOnly: false, writes: discard}]
                networks: []
                """.formatted(image, params) + more);
    }

    /** Runs a line that must succeed, and returns its output. */
    String succeeds(String line) throws IOException, InterruptedException {
        Shell.Ran ran = shell.run(line);
        assertThat(ran.status()).as(line + "\n" + ran).isZero();
        return ran.out();
    }

    /** Runs a line that must fail with that status, and returns what it says of it. */
    String fails(int status, String line) throws IOException, InterruptedException {
        Shell.Ran ran = shell.run(line);
        assertThat(ran.status()).as(line + "\n" + ran).isEqualTo(status);
        return ran.err();
    }

    /** Waits until the machine's READY is that word. */
    void awaitReady(String word) throws IOException, InterruptedException {
        succeeds("for i in $(seq 2000); do $crosvm ps | grep -q \"^web *running *" + word
                + " \" && exit 0; sleep 1; done; " + "$crosvm status web; exit 1");
    }
}
