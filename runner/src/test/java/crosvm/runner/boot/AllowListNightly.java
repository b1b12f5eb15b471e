package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Linux guests behind allow-lists, and what {@code crosvm logs --network} and {@code crosvm metrics} tell of them while they run. Up
 * to a quarter of an hour, since answers last for minutes: run by hand, as {@link PublishedImageNightly} is.
 */
class AllowListNightly {
    private static final Duration TRIES = Duration.ofSeconds(1100);
    private static final String USER = "65534";

    @TempDir
    private static Path world;

    @TempDir
    private Path dir;

    @BeforeAll
    static void makesTheOutside() throws IOException {
        String script =
                Path.of("src/test/resources/egress/world.sh").toAbsolutePath().toString();
        Lab.command("sh", "-c", "cd " + world + " && sh " + script);
    }

    private void script(String name, String settings) throws IOException {
        String text = settings + "\n" + Files.readString(Path.of("src/test/resources/egress/guest.sh"));
        byte[] disk = new byte[16 << 10];
        Arrays.fill(disk, (byte) '\n');
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, disk, 0, bytes.length);
        Files.write(dir.resolve(name), disk);
    }

    private Path fleet(boolean waits) throws IOException {
        for (String image : List.of("vmlinuz", "initrd")) {
            Lab.copyOf(image, dir);
        }
        script("db.sh", waits ? "AGAIN=1" : "AGAIN=");
        script("web.sh", "AGAIN= SOON=15");
        Path spec = Files.writeString(dir.resolve("vm.yaml"), """
                name: shop
                defaults: {kernel: {image: vmlinuz, initrd: initrd}, memory: 160MiB, rng: false}
                networks:
                  lan:
                    subnet: 10.77.3.0/24
                    ipv6: true
                    internet: {allow: ["good.test:80", "*.wild.test", private.test]}
                machines:
                  db:
                    kernel: {params: "quiet crosvm.test=dhcp,script,button"}
                    disks: [{path: db.sh}]
                    networks: [{id: lan, network: lan}]
                  web:
                    kernel: {params: "quiet crosvm.test=dhcp,script,button"}
                    disks: [{path: web.sh}]
                    networks: [{id: lan, network: lan, internet: {allow: ["www.wild.test:80"]}}]
                """);
        Lab.command("chmod", "-R", "a+rX", dir.toString());
        return spec;
    }

    private List<String> as(String user, String... words) {
        List<String> command = new ArrayList<>(
                List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--no-new-privs", "env"));
        command.addAll(
                List.of("HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "JAVA_HOME=" + System.getProperty("java.home")));
        command.add(Lab.launcher().toString());
        command.addAll(List.of(words));
        return command;
    }

    private String says(String user, String... words) throws IOException {
        return Lab.command(as(user, words).toArray(String[]::new));
    }

    @Test
    void keepToThemAndAreToldOfAsRoot() throws Exception {
        keepToThem("0", false);
    }

    @Test
    void keepToThemUntilAnAnswerEndsAsAnOrdinaryUser() throws Exception {
        keepToThem(USER, true);
    }

    private void keepToThem(String user, boolean waits) throws Exception {
        Path spec = fleet(waits);
        Lab.command("chown", "-R", user, dir.toString());
        Path java = Path.of(System.getProperty("java.home"));
        try (Vm vm = Vm.start(java, dir, as(user, "up", spec.toString()).toArray(String[]::new))) {
            vm.await("^web +\\| CROSVM-tried", TRIES);
            vm.await("^db +\\| CROSVM-tried", TRIES);
            SoftAssertions softly = new SoftAssertions();
            softly.assertThat(tries(vm, "db"))
                    .containsExactlyElementsOf(Stream.concat(
                                    Stream.of(
                                            "literal-before no",
                                            "name yes",
                                            "literal-after yes",
                                            "wildcard yes",
                                            "other-port no",
                                            "other-literal no",
                                            "other-resolver no",
                                            "other-dns-port no",
                                            "dns-over-tls no",
                                            "forged-name no",
                                            "unlisted-name no",
                                            "rebinding no",
                                            "ipv6 no",
                                            "ping no"),
                                    waits
                                            ? Stream.of("literal-late no", "name-again yes", "literal-again yes")
                                            : Stream.of())
                            .toList());
            softly.assertThat(tries(vm, "web"))
                    .contains("name no", "wildcard yes", "literal-after no", "other-literal no", "ipv6 no");
            String db = says(user, "logs", "--network", "shop-db");
            String web = says(user, "logs", "--network", "shop-web");
            System.out.println("crosvm logs --network shop-db\n" + db + "crosvm logs --network shop-web\n" + web);
            for (String line : List.of(
                    "tcp port 80 of (93.184.216.10)",
                    "tcp port 8080 of good.test (93.184.216.10)",
                    "tcp port 80 of (93.184.216.20)",
                    "udp port 53 of (93.184.216.20)",
                    "udp port 5353 of (93.184.216.20)",
                    "tcp port 853 of (93.184.216.20)",
                    "name good.test.forged.test",
                    "name other.test",
                    "private address as the answer for private.test",
                    "tcp port 80 of (2001:db8:1::10)",
                    "icmp of good.test (93.184.216.10)")) {
                softly.assertThat(db).containsPattern("(?m)^\\S+Z lan refused: " + Pattern.quote(line));
            }
            softly.assertThat(web).contains("lan refused: name good.test");
            String figures = figures(user);
            for (String machine : List.of("shop-db", "shop-web")) {
                for (String what : List.of("packets", "names")) {
                    softly.assertThat(figures)
                            .containsPattern("(?m)^crosvm_network_refused_" + what + "_total\\{vm=\"" + machine
                                    + "\",network=\"lan\"} [1-9]");
                }
            }
            figures.lines().filter(line -> line.contains("refused")).forEach(System.out::println);
            Path text = Files.writeString(dir.resolve("figures"), figures);
            softly.assertThat(Lab.command("sh", "-c", "promtool check metrics <" + text))
                    .isEmpty();
            softly.assertAll();
            vm.signal("TERM");
            assertThat(vm.endsWithin(TRIES))
                    .as("it ends; it said: %s", vm.said())
                    .isTrue();
            assertThat(vm.said()).doesNotContain("network lan:");
        }
    }

    /** Of machines that have answered: crosvm metrics waits two seconds for each, and the lab is slow. */
    private String figures(String user) throws Exception {
        for (int i = 0; ; i++) {
            String text = says(user, "metrics", "--format", "prometheus");
            if (i == 100 || text.contains("up{vm=\"shop-db\"} 1") && text.contains("up{vm=\"shop-web\"} 1")) {
                return text;
            }
        }
    }

    private static List<String> tries(Vm vm, String machine) {
        return vm.console().lines().stream()
                .map(Console.Line::text)
                .filter(line -> line.matches(machine + " +\\| CROSVM-try .*"))
                .map(line -> line.replaceFirst(".*CROSVM-try ", ""))
                .toList();
    }
}
