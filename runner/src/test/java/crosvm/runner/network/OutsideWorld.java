package crosvm.runner.network;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.linux.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A host with a world around it: a namespace in which networks can be joined as on a host with a way out, and another one with web servers and the
 * resolver that this host's {@code resolv.conf} names, whose words lead where the test wants. For root.
 */
final class OutsideWorld implements AutoCloseable {
    /** The host's address. */
    static final String HOST = "93.184.216.2";

    private final Path folder;
    private final NetworkRoom host;
    private final NetworkRoom outside;
    private final List<ChildProcess> servers = new ArrayList<>();

    /**
     * Makes it.
     *
     * @param web addresses with a web server each, {@code 93.184.216.10:80}
     * @param names what its resolver says, as lines of dnsmasq's configuration
     */
    OutsideWorld(Path folder, List<String> web, String names) throws IOException {
        this.folder = folder;
        String resolver = Files.readAllLines(Path.of("/etc/resolv.conf")).stream()
                .filter(line -> line.matches("nameserver\\s+[0-9.]+\\s*"))
                .map(line -> line.split("\\s+")[1])
                .findFirst()
                .orElse("");
        assumeTrue(!resolver.isEmpty(), "pasta hands names to the first IPv4 resolver of resolv.conf");
        NetworkTools tools = NetworkTools.of("");
        host = new NetworkRoom(Files.createDirectories(folder.resolve("host")), tools, null);
        outside = new NetworkRoom(Files.createDirectories(folder.resolve("outside")), tools, null);
        String ip = tools.ip();
        ChildProcess resident = start(outside, "exec sleep 3000");
        outside.run(ip, "link", "set", "lo", "up");
        host.run(ip, "link", "set", "lo", "up");
        host.run(ip, "link", "add", "eth0", "type", "veth", "peer", "name", "wan");
        host.run(ip, "link", "set", "wan", "netns", String.valueOf(resident.pid()));
        host.run(ip, "address", "add", HOST + "/24", "dev", "eth0");
        outside.run(ip, "address", "add", "93.184.216.1/24", "dev", "wan");
        for (String server : web) {
            outside.run(ip, "address", "add", server.replaceFirst(":.*", "/32"), "dev", "wan");
        }
        boolean local = resolver.startsWith("127.");
        if (!local) {
            outside.run(ip, "address", "add", resolver + "/32", "dev", "wan");
        }
        outside.run(ip, "link", "set", "wan", "up");
        host.run(ip, "link", "set", "eth0", "up");
        host.run(ip, "route", "add", "default", "via", "93.184.216.1");
        Path pages = Files.createDirectories(folder.resolve("pages"));
        Files.writeString(pages.resolve("index.html"), "it\n");
        for (String server : web) {
            start(outside, "exec busybox httpd -f -p " + server + " -h " + pages);
        }
        Path configuration = Files.writeString(
                folder.resolve("resolver.conf"),
                "no-resolv\nno-hosts\npid-file=\nbind-interfaces\nlisten-address=" + resolver + "\n" + names);
        start(local ? host : outside, "exec " + tools.dnsmasq() + " -d -C " + configuration);
    }

    private ChildProcess start(NetworkRoom room, String script) {
        ChildProcess process = room.start(List.of("/bin/sh", "-c", script), folder.resolve("servers.log"));
        servers.add(process);
        return process;
    }

    /** Does something on the host. */
    <T> T onHost(Callable<T> task) {
        return host.call(task);
    }

    @Override
    public void close() {
        servers.forEach(ChildProcess::close);
    }
}
