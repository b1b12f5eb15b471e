package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest on a tap that is made for it: reachable, of the address the spec says, its data whole, the tap gone afterwards. */
class NetBootIT {
    private static final int MEBIBYTES = 100;
    private static final Duration TRANSFER = Duration.ofSeconds(300);

    @TempDir
    private Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void carriesEverythingBetweenGuestAndHostThroughATapThatIsGoneAfterwards(String vhost) throws IOException {
        Set<String> before = HostNet.interfaces();
        Path data = HostNet.randomFile(dir.resolve("data"), MEBIBYTES);
        Path back = dir.resolve("back");
        Path spec = Lab.spec(
                dir,
                "vmlinuz",
                "quiet crosvm.test=net,links,exchange crosvm.ip=198.18.1.2/24 crosvm.peer=198.18.1.1",
                """
                memory: 512MiB
                cpus: 2
                networks:
                  - hostIp: 198.18.1.1
                    netmask: 255.255.255.0
                    mac: "52:54:00:12:34:56"
                    vhost: "%s"
                    queues: 2
                    mtu: 9000
                """.formatted(vhost));
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-ping 198.18.1.1 ok");
            vm.await("^CROSVM-eth0 address=52:54:00:12:34:56 mtu=9000 rx=2 tx=2");
            vm.await("^CROSVM-listening");
            Set<String> during = new TreeSet<>(HostNet.interfaces());
            during.removeAll(before);
            assertThat(during).singleElement().asString().startsWith("vmtap");
            assertThat(threadsOfVhost()).as("the kernel's threads").hasSize(vhost.equals("on") ? 2 : 0);
            HostNet.ping("198.18.1.2");
            HostNet.ping("198.18.1.2", 9000 - 28); // As much as one frame takes behind its IP and ICMP headers.
            try (ServerSocket server = HostNet.listen("198.18.1.1", 7002)) {
                long start = System.nanoTime();
                HostNet.send(data, "198.18.1.2", 7001);
                long sent = System.nanoTime();
                vm.await("^CROSVM-received " + HostNet.sha256(data), TRANSFER);
                long asked = System.nanoTime();
                HostNet.receive(server, back);
                System.out.printf(
                        "vhost %s, %d MiB: to the guest in %d ms, back in %d ms%n",
                        vhost, MEBIBYTES, (sent - start) / 1_000_000, (System.nanoTime() - asked) / 1_000_000);
            }
            assertThat(Files.mismatch(data, back)).as("first differing byte").isEqualTo(-1);
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        }
        assertThat(HostNet.interfaces()).isEqualTo(before);
    }

    private static List<String> threadsOfVhost() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                String name = Files.readString(process.resolve("comm")).strip();
                if (name.startsWith("vhost-")) {
                    names.add(name);
                }
            }
        }
        return names;
    }
}
