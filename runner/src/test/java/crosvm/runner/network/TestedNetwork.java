package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.MachineForward;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A network of three machines whose files are in a test's folder, with its processes and what it has told. */
final class TestedNetwork {
    private final Path folder;
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    /** @param folder the test's own, by which its processes are known */
    TestedNetwork(Path folder) {
        this.folder = folder;
    }

    static NetworkPlan plan(boolean internet, List<MachineForward> forward) {
        return new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.77.3.0/24"),
                true,
                new Reach(internet, null),
                null,
                forward,
                List.of(host("db", "db", 1, 10), host("web-1", "web", 2, 21), host("web-2", "web", 3, 22)));
    }

    private static NetworkPlan.Host host(String name, String key, int mac, int address) {
        return new NetworkPlan.Host(
                name, key, MacAddress.parse("52:54:00:00:00:0" + mac), Ipv4Address.parse("10.77.3." + address));
    }

    private Path base() throws IOException {
        return Files.createDirectories(folder.resolve("base"));
    }

    PeerMachine machine(NetworkPlan plan, String name) throws IOException {
        return new PeerMachine(plan, name, base(), folder.resolve(name), told);
    }

    /** The way to its process. */
    NetworkStart start(NetworkPlan plan) throws IOException {
        return new NetworkStart(base(), plan, Map.of());
    }

    /** A process that starts the network's, and joins as no machine. */
    Process startElsewhere() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        NetworkStarter.class.getName(),
                        base().toString())
                .inheritIO()
                .start();
    }

    /** What its machines' users were told. */
    List<String> told() {
        synchronized (told) {
            return List.copyOf(told);
        }
    }

    /** Waits for a minute at least. */
    void await(String what, BooleanSupplier condition) throws InterruptedException {
        boolean is = condition.getAsBoolean();
        for (int i = 0; i < 1200 && !is; i++) {
            TimeUnit.MILLISECONDS.sleep(50);
            is = condition.getAsBoolean();
        }
        assertThat(is).as(what + "; told: " + told).isTrue();
    }

    /** Its processes: their command line, or that of their name server, names the folder. */
    List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> commandLine(process).contains(folder.toString()))
                .toList();
    }

    /** Those of them whose command line has a word in it. */
    List<ProcessHandle> processes(String what) {
        return processes().stream()
                .filter(process -> commandLine(process).contains(what))
                .toList();
    }

    /** The process of dnsmasq. */
    ProcessHandle nameServer() {
        return processes().stream()
                .filter(process -> commandLine(process).startsWith("/usr/sbin/dnsmasq"))
                .findFirst()
                .orElseThrow();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    /** Kills those whose command line has a word in it. */
    void kill(String what) {
        processes(what).forEach(ProcessHandle::destroyForcibly);
    }

    void awaitNothingLeft() throws InterruptedException, IOException {
        await("all processes have ended", () -> processes().isEmpty());
        try (var files = Files.list(base())) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .filteredOn(name -> !name.endsWith(".sock"))
                    .containsExactlyInAnyOrder("lock", "private");
        }
        assertThat(base().resolve("private")).isEmptyDirectory();
    }
}
