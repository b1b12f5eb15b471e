package crosvm.runner.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @ParameterizedTest
    @CsvSource({
        "9101, 127.0.0.1, 9101",
        "0, 127.0.0.1, 0",
        "localhost:80, 127.0.0.1, 80",
        "0.0.0.0:65535, 0.0.0.0, 65535",
        "[::1]:9101, 0:0:0:0:0:0:0:1, 9101"
    })
    void readsAddressAndPort(String text, String host, int port) {
        InetSocketAddress address = ListenAddress.of(text);
        assertThat(address.getAddress().getHostAddress()).isEqualTo(host);
        assertThat(address.getPort()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "65536",
                "99999999999",
                "example.org:80",
                "::1:9101",
                "127.0.0.1",
                "[::g]:1",
                "300.1.1.1:1",
                ":80",
                "-1"
            })
    void refusesWhatIsNoAddressAndLooksNoNameUp(String text) {
        assertThatThrownBy(() -> ListenAddress.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--listen " + text + ": invalid address; use PORT");
    }
}
