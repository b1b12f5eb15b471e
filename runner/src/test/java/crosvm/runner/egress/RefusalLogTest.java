package crosvm.runner.egress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private final RefusalLog log = new RefusalLog();

    /** As nft lists them. */
    private static String sets(int ofOne, int ofOther) {
        return """
                table inet crosvm_allow {
                \tset refused {
                \t\ttype ipv4_addr . ipv4_addr . inet_proto . inet_service
                \t\tcounter
                \t\telements = { 10.77.3.10 . 93.184.216.20 . tcp . 80 timeout 1h expires 59m58s counter packets %1$d bytes 60 }
                \t}
                }
                table inet crosvm_allow {
                \tset refused-each {
                \t\ttype ipv4_addr
                \t\tsize 4096
                \t\tflags dynamic
                \t\tcounter
                \t\telements = { 10.77.3.10 counter packets %1$d bytes 60,
                \t\t\t     10.77.3.11 counter packets %2$d bytes 840 }
                \t}
                }
                """.formatted(ofOne, ofOther);
    }

    private static List<String> question(String name) {
        return List.of(
                "dnsmasq: query[A] " + name + " from 10.77.3.10", "dnsmasq: config " + name + " is REFUSED (EDE: x)");
    }

    /** As dnsmasq logs a name with blanks in it. */
    @Test
    void doesNotTakeANameForALineAboutAnotherMachine() {
        log.look(List.of("dnsmasq: query[A] z from 10.77.3.11"), "");
        assertThat(log.look(
                        List.of(
                                "dnsmasq: query[A] y from 10.77.3.11 config z is REFUSED from 10.77.3.10",
                                "dnsmasq: config error is REFUSED (EDE: not ready)",
                                "dnsmasq: config y from 10.77.3.11 config z is REFUSED is REFUSED"),
                        ""))
                .extracting(RefusalLog.Refusal::source)
                .containsExactly("10.77.3.10");
        assertThat(log.takeCounts()).isEqualTo(Map.of("10.77.3.10", new RefusalLog.Count(0, 2)));
    }

    @Test
    void countsAllThatWasRefusedHoweverLittleItTells() {
        for (int look = 1; look <= 5; look++) {
            log.look(question("other.test"), sets(2 * look, 1000 * look));
        }
        assertThat(log.takeCounts())
                .isEqualTo(
                        Map.of("10.77.3.10", new RefusalLog.Count(10, 5), "10.77.3.11", new RefusalLog.Count(5000, 0)));
        log.look(List.of(), sets(10, 5000));
        assertThat(log.takeCounts()).isEmpty();
    }

    @Test
    void countsAndTellsAnewWhenTheSetsAreNew() {
        assertThat(log.look(List.of(), sets(1, 1))).hasSize(1);
        log.takeCounts();
        assertThat(log.look(List.of(), sets(1, 1))).isEmpty();
        assertThat(log.takeCounts()).isEmpty();
        log.startOver();
        assertThat(log.look(List.of(), sets(1, 1)))
                .containsExactly(new RefusalLog.Refusal("10.77.3.10", "refused: tcp port 80 of (93.184.216.20)"));
        assertThat(log.takeCounts()).containsOnlyKeys("10.77.3.10", "10.77.3.11");
    }
}
