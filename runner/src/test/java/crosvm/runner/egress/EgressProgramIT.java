package crosvm.runner.egress;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.EgressTarget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An allow-list as the kernel and dnsmasq carry it out, between a guest, a router and an outside that are network namespaces. */
class EgressProgramIT {
    private static final int PERIOD = 300;
    private static final List<EgressTarget> ALLOWED = Stream.of(
                    "good.test:80",
                    "*.wild.test",
                    "alias.test",
                    "chain.test",
                    "trap.test",
                    "tcp.test",
                    "private.test",
                    "own.test",
                    "93.184.216.30:8080")
            .map(EgressTarget::parse)
            .toList();

    private static final String UPSTREAM = """
            no-resolv
            no-hosts
            pid-file=
            bind-interfaces
            listen-address=93.184.216.53,93.184.216.20
            host-record=good.test,93.184.216.10,0
            host-record=data.good.test,93.184.216.20,0
            host-record=other.test,93.184.216.20
            host-record=www.wild.test,93.184.216.21
            host-record=wild.test,93.184.216.20
            host-record=private.test,192.168.7.7
            host-record=own.test,93.184.216.40
            host-record=origin.test,93.184.216.10
            host-record=tcp.test,93.184.216.22
            host-record=inner.test,10.1.2.3
            cname=alias.test,origin.test
            cname=chain.test,middle.test
            cname=middle.test,origin.test
            cname=trap.test,inner.test
            """;

    @TempDir
    private Path dir;

    private Map<String, String> tried() throws Exception {
        AllowedList list = new AllowedList(0, ALLOWED, PERIOD);
        Files.writeString(dir.resolve("rules.nft"), """
                table inet crosvm {
                %s
                  chain forward {
                    type filter hook forward priority 0; policy drop;
                    ct state established,related accept
                    iifname br0 oifname out0 jump %s
                  }
                }
                """.formatted(
                        EgressRules.inTable(List.of(list), List.of("93.184.216.40")), list.chain()));
        Files.writeString(dir.resolve("emptied-a.nft"), list.emptied("inet crosvm", 0));
        Files.writeString(dir.resolve("emptied-b.nft"), list.emptied("inet crosvm", 1));
        Files.writeString(dir.resolve("sets"), String.join(" ", EgressRules.toldBy(true)));
        Files.writeString(dir.resolve("upstream.conf"), UPSTREAM);
        Files.writeString(
                dir.resolve("dnsmasq.conf"),
                "no-resolv\nno-hosts\npid-file=\nlog-facility=-\nbind-interfaces\nlisten-address=10.9.0.1\nhost-record=gateway.test,10.9.0.1\n"
                        + EgressNames.configuration(list, "inet crosvm", "93.184.216.53", false));
        Path script = Path.of("src/test/resources/egress/namespaces.sh").toAbsolutePath();
        Process process = new ProcessBuilder(
                        "unshare", "-Urnmpf", "--kill-child", "--mount-proc", "sh", script.toString(), dir.toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).as(said).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        Map<String, String> tried = new LinkedHashMap<>();
        said.lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 2)
                .forEach(words -> tried.put(words[0], words[1]));
        return tried;
    }

    @Test
    void letsThroughWhatIsAllowedAndTellsOfTheRest() throws Exception {
        Map<String, String> tried = tried();
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String line : """
                literal-before no, name yes, literal-after yes, other-port no, other-literal no, other-name no,
                name-below no, wildcard yes, wildcard-itself no, alias yes, rebinding-answer no, rebinding no,
                own-answer yes, own no, other-resolver no, other-resolver-tcp no, dns-elsewhere no, network yes,
                network-other-port no, ping no, ipv6 no, alias-chain yes, alias-of-private no,
                before-dns-by-tcp no, dns-by-tcp yes, after-dns-by-tcp yes, dns-by-https no, fragments-allowed yes,
                fragments-refused no, after-one yes, after-both no, again yes, open-connection yes, resolver-down no,
                resolver-down-known yes, resolver-back yes, names-killed no, names-killed-known no""".split(",")) {
            String[] words = line.strip().split(" ");
            wanted.put(words[0], words[1]);
        }
        assertThat(tried).isEqualTo(wanted);
        RefusalLog log = new RefusalLog();
        List<String> refused = log
                .look(Files.readAllLines(dir.resolve("dnsmasq.log")), Files.readString(dir.resolve("refused.txt")))
                .stream()
                .map(refusal -> refusal.source() + " " + refusal.text().replaceFirst(", \\d+ times", ""))
                .toList();
        assertThat(refused)
                .contains(
                        "10.9.0.2 refused: tcp port 8080 of good.test (93.184.216.10)",
                        "10.9.0.2 refused: tcp port 80 of (192.168.7.7)",
                        "10.9.0.2 refused: name other.test",
                        "10.9.0.2 refused: name data.good.test",
                        "10.9.0.2 refused: private address as the answer for private.test",
                        "10.9.0.2 refused: udp port 53 of (93.184.216.20)",
                        "10.9.0.2 refused: icmp of good.test (93.184.216.10)",
                        "10.9.0.2 refused: tcp port 443 of (93.184.216.20)",
                        "10.9.0.2 refused: udp port 8080 of (93.184.216.20)",
                        "10.9.0.2 refused: private address as the answer for trap.test",
                        "fd09::2 refused: tcp port 80 of (2001:db8:1::10)");
        Matcher dropped = Pattern.compile("counter packets (\\d+) bytes \\d+ drop")
                .matcher(Files.readString(dir.resolve("chain.txt")));
        assertThat(dropped.find()).isTrue();
        Map<String, RefusalLog.Count> counts = log.takeCounts();
        assertThat(counts).containsOnlyKeys("10.9.0.2", "fd09::2");
        assertThat(counts.values().stream().mapToLong(RefusalLog.Count::packets).sum())
                .as("of those that were dropped until a moment later")
                .isBetween(9L, Long.parseLong(dropped.group(1)));
        assertThat(counts.get("10.9.0.2").names()).isGreaterThanOrEqualTo(5);
        assertThat(Files.readString(dir.resolve("chain.txt"))).containsPattern("counter packets [1-9]\\d* bytes");
    }
}
