package crosvm.vmm.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every operation, asked over a real control socket, of a machine whose guest is a fake. */
@Timeout(120)
class OperationAnswersTest extends OperationsFixture {
    @Test
    void tellsTheStateInAWord() throws IOException {
        assertThat(ask("status", ""))
                .contains("\"name\":\"web\",\"state\":\"running\"", "\"vcpus\":2,\"memory\":268435456", "\"disks\":[]");
        guest.loop.call(() -> guest.state = GuestControl.State.SUSPENDED);
        assertThat(ask("powerbtn", "")).contains("{\"state\":\"suspended\"}");
        guest.loop.call(() -> guest.ending = true);
        assertThat(ask("status", "")).contains("\"state\":\"ending\"");
    }

    @Test
    void passesTheSimpleOnesOnToTheGuest() throws IOException {
        for (String command : new String[] {"suspend", "resume", "powerbtn", "stop"}) {
            assertThat(ask(command, "")).contains("\"result\":");
        }
        assertThat(guest.done).containsExactly("suspend", "resume", "press", "announce", "end");
    }

    @Test
    void showsRegistersOfAGuestThatRestsMeanwhileAndRunsAfterwardsOnlyIfItDidBefore() throws IOException {
        assertThat(ask("registers", "")).contains("\"result\":{\"in\":");
        assertThat(guest.done).containsExactly("suspend", "resume");
        guest.done.clear();
        guest.loop.call(() -> guest.state = GuestControl.State.SUSPENDED);
        assertThat(ask("registers", "")).contains("\"result\":{\"in\":\"SUSPENDED\"}");
        assertThat(guest.done).containsExactly("suspend");
    }

    @Test
    void saysThatAGuestWasForcedOffWhenItHadItsTime() throws IOException {
        ask("down", "'timeout':1");
        while (!guest.isEnding()) {
            Thread.onSpinWait();
        }
        assertThat(guest.done).endsWith("force off: the guest did not shut down within 1 s");
    }

    @Test
    void forcesAGuestDownThatDoesNotHearTheButton() throws IOException {
        client.send("wait", "");
        try (Client other = connect()) {
            other.ask("down", "'timeout':3600");
            assertThat(guest.done).as("a suspended guest hears nothing").containsExactly("announce", "resume", "press");
            other.ask("down", "'timeout':0");
        }
        while (!guest.done.contains("end")) {
            Thread.onSpinWait();
        }
        assertThat(guest.done)
                .as("the second one sets a new limit and presses no second time beside the first")
                .containsExactly("announce", "resume", "press", "announce", "resume", "end");
        guest.loop.call(() -> guest.ended("stopped", "why"));
        assertThat(client.answer()).contains("\"reason\":\"stopped\"", "\"detail\":\"why\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'size':134217728 | \"target\":134217728",
                "'pages':10 | \"target\":40960",
                "'pages':-1 | would become -4096 bytes",
                "'pages':-9223372036854775808 | would become -268439552 bytes",
                "'size':1000 | a multiple of 4096",
                "'size':268439552 | the machine's memory of 256MiB, and has 0",
                "'size':0,'pages':1 | size and pages are mutually exclusive",
            })
    void setsTheBalloonWithinTheMachinesMemory(String arguments, String answer) throws IOException {
        assertThat(ask("balloon", arguments)).contains(answer);
    }

    @Test
    void refusesWhatIsNotThere() throws IOException {
        assertThat(ask("balloon-stats", "")).contains("not-possible", "balloon driver has no figures");
        assertThat(ask("stats", "'format':'xml'")).contains("bad-argument", "not json or prometheus");
        assertThat(ask("stats", "'format':'prometheus'")).contains("\"text\":\"");
        assertThat(ask("disk-resize", "'id':'x','size':512"))
                .contains("not-found", "disk x: web has no disk of that id");
    }

    @Test
    void eachOperationRefusesAnArgumentThatItDoesNotDeclare() throws IOException {
        for (var operation : Operations.of(guest.machine())) {
            assertThat(ask(operation.name(), "'misspelt':1"))
                    .as(operation.name())
                    .contains("bad-argument", "misspelt: unknown argument");
        }
    }
}
