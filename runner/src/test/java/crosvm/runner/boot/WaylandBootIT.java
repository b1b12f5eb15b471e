package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client in the guest shows a window on a compositor of the host: weston, whose screenshot is compared pixel by pixel. */
class WaylandBootIT {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 240;
    private static final int FRAME = 4;
    /** Where the lab's user finds what the tests leave behind. */
    private static final Path REPORTS = Path.of("/lab");

    @TempDir
    private Path dir;

    private Process weston;

    @BeforeEach
    void startsTheCompositor() throws IOException, InterruptedException {
        weston = host(
                "weston",
                "--backend=headless-backend.so",
                "--use-pixman",
                "--width=" + WIDTH,
                "--height=" + HEIGHT,
                "--shell=kiosk-shell.so",
                "--modules=" + Lab.image("weston-seat.so"),
                "--socket=wayland-0",
                "--no-config",
                "--idle-time=0",
                "--debug"); // Lets the screenshooter in.
        Path socket = dir.resolve("wayland-0");
        for (int i = 0; i < 600 && !Files.exists(socket); i++) {
            Thread.sleep(100);
        }
        assertThat(socket).as("weston's socket; it said:\n%s", saidOf("weston")).exists();
    }

    @AfterEach
    void endsTheCompositor() throws InterruptedException {
        weston.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
    }

    @Test
    void showsTheGuestsPictureWithTheDeviceInAJail() throws IOException, InterruptedException {
        showsTheGuestsPicture("jailed", true, "");
    }

    @Test
    void showsTheGuestsPictureWithTheDeviceOnAThread() throws IOException, InterruptedException {
        showsTheGuestsPicture("thread", false, "sandbox: {enabled: false}");
    }

    private void showsTheGuestsPicture(String name, boolean jailed, String sandbox)
            throws IOException, InterruptedException {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=wl", "wayland: ./wayland-0\n" + sandbox);
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-wl keymap \\d+ bytes: xkb_keymap$");
            vm.await("^CROSVM-wl drawn " + WIDTH + "x" + HEIGHT + "$");
            vm.await("^CROSVM-wl frame 3$");
            assertIsThePicture(screenshot(name));
            assertThat(vm.processes().stream().anyMatch(WaylandBootIT::isWaylandDevice))
                    .as("there is a process for the device")
                    .isEqualTo(jailed);
            weston.destroyForcibly();
            vm.await("^CROSVM-wl hup$");
            vm.await("^CROSVM-wl closed$");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
    }

    private static boolean isWaylandDevice(ProcessHandle process) {
        try {
            String words = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return words.contains("DeviceMain") && words.contains("\0wl\0");
        } catch (IOException e) {
            return false; // It has just ended.
        }
    }

    private Process host(String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(logOf(words[0]));
        builder.environment().put("XDG_RUNTIME_DIR", dir.toString());
        builder.environment().put("WAYLAND_DISPLAY", "wayland-0");
        return builder.start();
    }

    private File logOf(String program) {
        return dir.resolve(program + ".log").toFile();
    }

    private String saidOf(String program) throws IOException {
        return Files.readString(logOf(program).toPath());
    }

    private BufferedImage screenshot(String name) throws IOException, InterruptedException {
        Process shooter = host("weston-screenshooter");
        assertThat(shooter.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(shooter.exitValue()).as(saidOf("weston-screenshooter")).isZero();
        try (DirectoryStream<Path> shots = Files.newDirectoryStream(dir, "wayland-screenshot-*.png")) {
            Path shot = shots.iterator().next();
            if (Files.isDirectory(REPORTS)) {
                Files.copy(shot, REPORTS.resolve("window-" + name + ".png"), StandardCopyOption.REPLACE_EXISTING);
            }
            return ImageIO.read(shot.toFile());
        }
    }

    private static void assertIsThePicture(BufferedImage shown) {
        assertThat(shown.getWidth()).isEqualTo(WIDTH);
        assertThat(shown.getHeight()).isEqualTo(HEIGHT);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                assertThat(Integer.toHexString(shown.getRGB(x, y)))
                        .as("pixel %d,%d", x, y)
                        .isEqualTo(Integer.toHexString(drawn(x, y)));
            }
        }
    }

    /** As the client in .ci/lab/wl-guest.c draws it: four quarters, each a gradient of its own, and a white frame. */
    private static int drawn(int x, int y) {
        if (x < FRAME || y < FRAME || x >= WIDTH - FRAME || y >= HEIGHT - FRAME) {
            return 0xffffffff;
        }
        int a = x * 255 / WIDTH;
        int b = y * 255 / HEIGHT;
        int[] colours = {a << 16, b << 8, a, b << 16 | a << 8};
        return 0xff000000 | colours[(x >= WIDTH / 2 ? 1 : 0) + (y >= HEIGHT / 2 ? 2 : 0)];
    }
}
