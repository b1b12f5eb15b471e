package crosvm.schema.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EgressTargetTest {
    @ParameterizedTest
    @CsvSource({
        "example.org, NAME, example.org, 0",
        "Example.ORG:443, NAME, example.org, 443",
        "*.example.org, BELOW, example.org, 0",
        "_x.a-b.example, NAME, _x.a-b.example, 0",
        "192.0.2.7, IPV4, 192.0.2.7/32, 0",
        "192.0.2.0/24:80, IPV4, 192.0.2.0/24, 80",
        "0.0.0.0/0, IPV4, 0.0.0.0/0, 0",
        "2001:db8::/32, IPV6, 2001:db8::/32, 0",
        "[2001:db8::1]:443, IPV6, 2001:db8::1/128, 443",
        "::/0, IPV6, ::/0, 0",
        "1:2:3:4:5:6:7:8, IPV6, 1:2:3:4:5:6:7:8/128, 0"
    })
    void readsNamesAddressesAndPorts(String text, EgressTarget.Kind kind, String host, int port) {
        EgressTarget target = EgressTarget.parse(text);
        assertThat(target).isEqualTo(new EgressTarget(kind, host, port));
        assertThat(EgressTarget.parse(target.toString())).isEqualTo(target);
    }

    /** Each would, as it is, become a line of dnsmasq's or nft's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "*.",
                ".",
                "org",
                "example.org.",
                "a..org",
                "-a.org",
                "a-.org",
                "exa mple.org",
                "example.org/x",
                "example.org#x",
                "example.org:0",
                "example.org:65536",
                "example.org:http",
                "https://example.org",
                "*.*.org",
                "a.*.org",
                "*example.org",
                "1.2.3",
                "300.1.1.1",
                "1.2.3.4/33",
                "1.2.3.4/8",
                "1.2.3.4.5",
                "2001:db8:::1",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "2001:db8::/129",
                "[2001:db8::1",
                "[example.org]:80",
                "::1%eth0",
                "example.org\nserver=1.2.3.4",
                "1.2.3.4;drop",
                "example.1",
                "xn--\u00e4.org"
            })
    void refusesWhatIsNeither(String text) {
        assertThatThrownBy(() -> EgressTarget.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("\"" + text + "\" ");
    }
}
