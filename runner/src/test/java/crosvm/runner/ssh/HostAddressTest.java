package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ssh://[USER@]HOST[:PORT]}. */
class HostAddressTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ssh://big|-- big",
                "ssh://alice@big.example.org:2222|-l alice -p 2222 -- big.example.org",
                "ssh://alice@build_host/|-l alice -- build_host",
                "ssh://[::1]:22|-p 22 -- ::1"
            })
    void becomesWordsOfSsh(String text, String words) {
        assertThat(String.join(" ", HostAddress.parse(text, "CROSVM_HOST").words()))
                .isEqualTo(words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "big",
                "alice@big",
                "tcp://big:2375",
                "ssh://",
                "ssh://big/run",
                "ssh://big:0",
                "ssh://big:65536",
                "ssh://big:x",
                "ssh://-oProxyCommand=touch",
                "ssh://-l@big",
                "ssh://big?x",
                "ssh://big#x",
                "ssh://a b"
            })
    void refusesOtherTextsAndWhatSshWouldTakeForAnOption(String text) {
        assertThatThrownBy(() -> HostAddress.parse(text, "CROSVM_HOST"))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("CROSVM_HOST: \"" + text + "\" is not an address of a host");
    }
}
