package crosvm.vmm.device.net;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.MemorySize;
import crosvm.schema.model.NetworkLimit;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The kernel's traffic control as it is set on a tap, here on one end of a virtual cable between two network namespaces. */
class TrafficLimitProgramIT {
    /** Neither ends in the other's namespace, and nothing is left of either. */
    private static final String IPERF = """
            set -e
            PATH=$PATH:/usr/sbin:/sbin
            unshare -n sh -c 'echo > /dev/null; exec sleep 120' & peer=$!
            trap 'kill $peer $server 2>/dev/null' EXIT
            until [ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
            ip link add cable0 type veth peer name guest
            ip link set guest netns $peer
            ip address add 10.9.8.1/24 dev cable0
            ip link set cable0 up; ip link set lo up
            nsenter -t $peer -n sh -c 'ip address add 10.9.8.2/24 dev guest; ip link set guest up'
            %s
            iperf3 -s -1 -B 10.9.8.1 >/dev/null & server=$!
            n=0
            until nsenter -t $peer -n iperf3 -c 10.9.8.1 -t 3 %s -f k >/tmp/iperf.$$ 2>&1; do
              n=$((n + 1)); [ $n -lt 100 ] || { cat /tmp/iperf.$$; exit 1; }; sleep 0.1
            done
            cat /tmp/iperf.$$; rm /tmp/iperf.$$
            """;

    private static final Pattern RECEIVED = Pattern.compile("([0-9.]+) Kbits/sec +receiver");

    @Test
    void holdsWhatTheGuestReceivesToItsLimit() throws Exception {
        double kilobits = received(new NetworkLimit(MemorySize.parse("2MiB"), null), "-R");
        assertThat(kilobits).as("kbit/s").isPositive().isLessThan(1.1 * 2 * 8 * 1048.576);
    }

    @Test
    void holdsWhatTheGuestSendsToItsLimit() throws Exception {
        double kilobits = received(new NetworkLimit(null, MemorySize.parse("2MiB")), "");
        assertThat(kilobits).as("kbit/s").isPositive().isLessThan(1.1 * 2 * 8 * 1048.576);
    }

    /** A large bucket's worth is let through at once: 20 ms of three seconds. */
    private static double received(NetworkLimit limit, String direction) throws Exception {
        String commands = TrafficLimit.commands("cable0", "vmi0p1", 1500, limit).stream()
                .map(words -> String.join(" ", words))
                .collect(Collectors.joining("\n"));
        Process process = new ProcessBuilder(
                        List.of("unshare", "-Urn", "sh", "-c", IPERF.formatted(commands, direction)))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(said).isTrue();
        Matcher matcher = RECEIVED.matcher(said);
        assertThat(matcher.find()).as(said).isTrue();
        System.out.println("iperf3: " + matcher.group(1) + " kbit/s of " + limit);
        return Double.parseDouble(matcher.group(1));
    }
}
