package crosvm.vmm.device.net;

import crosvm.schema.model.MemorySize;
import crosvm.schema.model.NetworkLimit;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.AfterOurEnd;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Holds a tap to a limit by the kernel's traffic control (tc(8)), outside of whoever moves its frames, be that our device process or
 * vhost-net. What the guest receives leaves the tap through a token bucket (tc-tbf(8)); what it sends comes in, where nothing can be
 * queued, and is sent through an intermediate device (ifb) with such a bucket. Needs CAP_NET_ADMIN.
 */
final class TrafficLimit {
    private static final String PREFIX = "vmi";
    private static final int PATIENCE_SECONDS = 30;

    /** How much traffic the bucket holds, as a part of a second's; smaller ones cost throughput, larger ones are seen as bursts. */
    private static final int BUCKETS_PER_SECOND = 50;

    private static final int ETHERNET_HEADER = 18;

    private TrafficLimit() {}

    /**
     * Sets the limit on a tap that we made.
     *
     * @throws VmmException naming what could not be set, with what tc said
     */
    static void set(String tap, int mtu, NetworkLimit limit) {
        String number = tap.replaceAll("\\D", "");
        String ifb = PREFIX + number + "p" + OwnProcess.pid();
        if (limit.tx() != null) {
            removeLeft(ifb);
            AfterOurEnd.run("the remover of " + ifb, "exec ip link delete dev \"$1\"", ifb);
        }
        commands(tap, ifb, mtu, limit).forEach(TrafficLimit::run);
    }

    /** What is to be run, in order. */
    static List<List<String>> commands(String tap, String ifb, int mtu, NetworkLimit limit) {
        List<List<String>> commands = new ArrayList<>();
        if (limit.rx() != null) {
            commands.add(bucket(tap, mtu, limit.rx()));
        }
        if (limit.tx() != null) {
            commands.add(words("ip link add name " + ifb + " mtu " + mtu + " type ifb"));
            commands.add(bucket(ifb, mtu, limit.tx()));
            commands.add(words("ip link set dev " + ifb + " up"));
            commands.add(words("tc qdisc add dev " + tap + " handle ffff: ingress"));
            commands.add(words("tc filter add dev " + tap + " parent ffff: protocol all prio 1 u32 match u32 0 0"
                    + " action mirred egress redirect dev " + ifb));
        }
        return commands;
    }

    private static List<String> bucket(String device, int mtu, MemorySize rate) {
        long burst = Math.max(2L * (mtu + ETHERNET_HEADER), rate.bytes() / BUCKETS_PER_SECOND);
        // tc's bps are bytes per second.
        return words("tc qdisc replace dev " + device + " root tbf rate " + rate.bytes() + "bps burst " + burst
                + "b latency 200ms");
    }

    private static List<String> words(String line) {
        return List.of(line.split(" "));
    }

    private static void run(List<String> command) {
        List<String> line = new ArrayList<>(command);
        line.set(0, program(command.get(0)));
        try {
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new VmmException(
                        "limit: " + String.join(" ", command) + ": has not ended within " + PATIENCE_SECONDS + " s");
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .replace('\n', ' ');
            if (process.exitValue() != 0) {
                throw new VmmException("limit cannot be enforced: " + String.join(" ", command) + ": " + said
                        + ". The kernel needs the modules sch_tbf, sch_ingress, cls_u32, act_mirred and ifb, and this process"
                        + " CAP_NET_ADMIN");
            }
        } catch (IOException e) {
            throw new VmmException("limit: " + line.get(0) + ": " + FailureReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmmException("limit: interrupted", e);
        }
    }

    private static String program(String name) {
        return Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new VmmException(
                        "limit needs the program " + name + ", which does not exist. Install it (package iproute2)"))
                .toString();
    }

    /** What an earlier run of this process has left, and processes that were killed along with their removers. */
    private static void removeLeft(String ifb) {
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(Path.of("/sys/class/net"), PREFIX + "*p*")) {
            for (Path device : devices) {
                String name = device.getFileName().toString();
                boolean ours = name.matches(PREFIX + "[0-9]+p[0-9]+");
                if (name.equals(ifb) || ours && !Files.exists(Path.of("/proc", name.replaceFirst(".*p", "")))) {
                    run(List.of("ip", "link", "delete", "dev", name));
                }
            }
        } catch (IOException e) {
            return; // Told when the new one cannot be made.
        }
    }
}
