package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTableTest {
    private final TextTable table = new TextTable()
            .row("", "NAME", "QUEUES", "POLICY")
            .row("", "net", "receiveq1 transmitq1 controlq", "net_device.policy")
            .row("", "rng", "requestq", "-");

    @Test
    void staysAsItIsWhereThereIsRoom() {
        assertThat(table.folded(80)).isEqualTo(table.toString()).hasLineCount(3);
    }

    @Test
    void foldsTheWidestColumnAtBlanks() {
        assertThat(table.folded(50)).isEqualTo("""
                  NAME  QUEUES                POLICY
                  net   receiveq1 transmitq1  net_device.policy
                        controlq
                  rng   requestq              -
                """);
    }

    @Test
    void putsColumnsBelowThatDoNotFitHoweverFolded() {
        assertThat(table.folded(38)).isEqualTo("""
                  NAME  QUEUES
                      POLICY
                  net   receiveq1 transmitq1 controlq
                      net_device.policy
                  rng   requestq
                      -
                """);
    }

    @Test
    void neverBreaksAWord() {
        String folded = table.folded(1);
        assertThat(folded).contains("net_device.policy", "receiveq1");
    }
}
