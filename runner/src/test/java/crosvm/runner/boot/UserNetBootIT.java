package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks of an unprivileged user: passt, and a tap that an administrator made for the user. The lab gets a default route,
 * since passt takes the guest's address and gateway from there; the gateway's address leads to the lab's loopback.
 */
class UserNetBootIT {
    private static final String USER = "65534";

    @TempDir
    private Path dir;

    @BeforeAll
    static void makeADefaultRouteAndATapOfTheUser() throws IOException {
        HostNet.addDefaultRoute();
        Lab.command("ip", "tuntap", "add", "usertap", "mode", "tap", "user", USER);
        Lab.command("ip", "address", "add", "198.18.2.1/24", "dev", "usertap");
        Lab.command("ip", "link", "set", "usertap", "up");
        Files.writeString(Path.of("/etc/resolv.conf"), "nameserver 127.0.0.1\n");
    }

    @AfterAll
    static void remove() throws IOException {
        HostNet.removeDefaultRoute();
        Lab.command("ip", "tuntap", "del", "usertap", "mode", "tap");
    }

    /** The images lie in root's home; the user gets copies. */
    private Vm upAsUser(Path spec) throws IOException {
        String text = Files.readString(spec);
        for (String image : List.of("vmlinuz", "initrd")) {
            Lab.copyOf(image, dir);
            text = text.replace(Lab.image(image).toString(), image);
        }
        Files.writeString(spec, text);
        Lab.command("chmod", "-R", "a+rX", dir.toString());
        return Vm.start(
                Path.of(System.getProperty("java.home")),
                dir,
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + USER,
                "--clear-groups",
                "--no-new-privs",
                "env",
                "HOME=/tmp",
                Lab.launcher().toString(),
                "up",
                spec.toString());
    }

    @Test
    void reachesTheHostAndIsReachedWithoutAnyPrivilege() throws Exception {
        Path data = HostNet.randomFile(dir.resolve("data"), 8);
        HttpServer server = HostNet.serve(data);
        Path spec = Lab.spec(
                dir,
                "vmlinuz",
                "quiet crosvm.test=net,links,dhcp,fetch,serve,carrier crosvm.ip=198.18.2.2/24 crosvm.peer=198.18.2.1"
                        + " crosvm.lookup=host.test crosvm.url=http://10.77.0.1:"
                        + server.getAddress().getPort() + "/data",
                """
                memory: 256MiB
                networks:
                  - {id: given, tap: usertap, vhost: off}
                  - {id: user, user: true, forward: ["18080:80"]}
                """);
        try (DatagramSocket names = new DatagramSocket(53, InetAddress.getLoopbackAddress());
                Vm vm = upAsUser(spec)) {
            Thread resolver = new Thread(() -> answer(names), "name server");
            resolver.setDaemon(true);
            resolver.start();
            vm.await("^CROSVM-ping 198.18.2.1 ok");
            vm.await("^CROSVM-lease 10.77.0.2/24 router 10.77.0.1 dns 10.77.0.1");
            vm.await("^CROSVM-lookup 198.18.0.53");
            vm.await("^CROSVM-fetched " + HostNet.sha256(data));
            vm.await("^CROSVM-serving");
            assertThat(get("http://127.0.0.1:18080/page")).isEqualTo("served by the guest\n");
            Lab.command("pkill", "-KILL", "-x", "passt.*");
            vm.await("^CROSVM-carrier lost eth1");
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).singleElement().asString().contains("net user", "the guest's link is down");
        } finally {
            server.stop(0);
        }
        assertThat(HostNet.interfaces()).as("an administrator's tap stays").contains("usertap");
    }

    /** At first the guest has no address, then nobody listens; later a server comes, goes and comes again. */
    @Test
    void isReadyLateAndUnhealthyAsLongAsNobodyServesThePort() throws Exception {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=dhcp,shell", """
                networks: [{id: user, user: true, forward: ["18080:80", "18081:81"]}]
                ready: {port: 80, within: 1s}
                health: {port: 81, interval: 1s, retries: 2}
                """);
        try (Vm vm = upAsUser(spec)) {
            vm.awaitSaid(
                    "is not ready: port 80 takes no connections \\(127.0.0.1:18080: .*\\) within 1 s; it is still running");
            vm.await("CROSVM-shell");
            vm.type("b=/bin/busybox; $b httpd -p 80\n");
            vm.awaitSaid("is ready after [0-9]+ s, later than 1 s");
            vm.awaitSaid("is unhealthy: port 81 takes no connections \\(127.0.0.1:18081: .*\\), 2 times in a row");
            vm.type("$b httpd -f -p 81 &\n");
            vm.awaitSaid("is healthy again");
            vm.type("kill $!\n");
            vm.awaitSaid("healthy again(.*\n)+.*is unhealthy: port 81");
            vm.type("exit\n");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
    }

    private static String get(String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(60))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** A name server that knows one address, whatever it is asked. */
    private static void answer(DatagramSocket socket) {
        try {
            while (true) {
                DatagramPacket question = new DatagramPacket(new byte[512], 512);
                socket.receive(question);
                ByteBuffer reply = ByteBuffer.allocate(512);
                reply.put(Arrays.copyOf(question.getData(), question.getLength()));
                reply.putShort(2, (short) 0x8180)
                        .putShort(6, (short) 1)
                        .putShort(8, (short) 0)
                        .putShort(10, (short) 0);
                reply.putShort((short) 0xc00c)
                        .putShort((short) 1)
                        .putShort((short) 1)
                        .putInt(60);
                reply.putShort((short) 4).put(new byte[] {(byte) 198, 18, 0, 53});
                socket.send(new DatagramPacket(reply.array(), reply.position(), question.getSocketAddress()));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    @Test
    void saysWhatAnAdministratorMustDoForATap() throws IOException {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet", """
                networks: [{id: lan, hostIp: 198.18.3.1, netmask: 255.255.255.0, vhost: off}]
                """);
        try (Vm vm = upAsUser(spec)) {
            assertThat(vm.endsWithin(Vm.BOOT))
                    .as("it ends; so far it said: %s", vm.said())
                    .isTrue();
            assertThat(vm.status()).isEqualTo(1);
            assertThat(vm.said())
                    .contains("network lan: creating a tap needs CAP_NET_ADMIN")
                    .contains(
                            "ip tuntap add lan mode tap user nobody && ip address add 198.18.3.1/24 dev lan && ip link"
                                    + " set lan up");
        }
    }

    @Test
    void saysThatAForwardedPortIsTaken() throws Exception {
        HttpServer server = HostNet.serve(dir.resolve("vm.yaml"));
        int port = server.getAddress().getPort();
        Path spec =
                Lab.spec(dir, "vmlinuz", "quiet", "networks: [{id: out, user: true, forward: [\"" + port + ":80\"]}]");
        try (Vm vm = upAsUser(spec)) {
            assertThat(vm.endsWithin(Vm.BOOT))
                    .as("it ends; so far it said: %s", vm.said())
                    .isTrue();
            assertThat(vm.status()).isEqualTo(1);
            assertThat(vm.said())
                    .contains("network out: forward " + port + ":80: port " + port
                            + " of the host: address already in use");
        } finally {
            server.stop(0);
        }
    }
}
