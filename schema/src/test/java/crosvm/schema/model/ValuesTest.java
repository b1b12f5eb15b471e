package crosvm.schema.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "0,0MiB",
        "1,1MiB",
        "512,512MiB",
        "1024,1GiB",
        "1536,1536MiB",
        "1B,1B",
        "4096B,4KiB",
        "1025KiB,1025KiB",
        "2TiB,2TiB",
        "8388607TiB,8388607TiB"
    })
    void writesSizesSoThatTheyReadBack(String text, String written) {
        MemorySize size = MemorySize.parse(text);
        assertThat(size).hasToString(written);
        assertThat(MemorySize.parse(size.toString())).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "MiB", "-1", "1.5GiB", "8388608TiB", "99999999999999999999", "1 MiB", "1mib", "0x1", "1MB"})
    void refusesOtherSizes(String text) {
        assertThatThrownBy(() -> MemorySize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void suggestsTheExactUnit() {
        assertThatThrownBy(() -> MemorySize.parse("2g")).hasMessageEndingWith("did you mean 2GiB?");
        assertThatThrownBy(() -> MemorySize.parse("512 MB")).hasMessageEndingWith("did you mean 512MiB?");
    }

    @Test
    void readsAndWritesMacAddresses() {
        MacAddress mac = MacAddress.parse("52:54:00:AB:cd:0f");
        assertThat(mac).hasToString("52:54:00:ab:cd:0f");
        assertThat(mac.toBytes()).containsExactly(0x52, 0x54, 0, 0xab, 0xcd, 0x0f);
        assertThat(mac.isMulticast()).isFalse();
        assertThat(MacAddress.parse("01:00:00:00:00:00").isMulticast()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "52:54:00:ab:cd",
                "52:54:00:ab:cd:0g",
                "52-54-00-ab-cd-0f",
                "52:54:00:ab:cd:0f:",
                "5254:00:ab:cd:0f"
            })
    void refusesOtherMacAddresses(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "255.255.255.0,24",
        "255.0.0.0,8",
        "255.255.255.255,32",
        "0.0.0.0,0",
        "255.0.255.0,-1",
        "128.0.0.0,1",
        "0.0.0.1,-1"
    })
    void knowsThePrefixOfANetmask(String text, int prefix) {
        assertThat(Ipv4Address.parse(text).prefixLength()).isEqualTo(prefix);
        assertThat(Ipv4Address.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", "a.b.c.d", "1.2.3.-4", "1..2.3"})
    void refusesOtherAddresses(String text) {
        assertThatThrownBy(() -> Ipv4Address.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsTheNetmaskOfAPrefix() {
        assertThatThrownBy(() -> Ipv4Address.parse("24"))
                .hasMessageEndingWith("the mask of that length is 255.255.255.0");
        assertThatThrownBy(() -> Ipv4Address.parse("/32"))
                .hasMessageEndingWith("the mask of that length is 255.255.255.255");
    }

    @Test
    void readsPortForwards() {
        assertThat(PortForward.parse("8080:80")).isEqualTo(new PortForward(8080, 80));
        assertThat(PortForward.parse("22")).isEqualTo(new PortForward(22, 22));
        for (String text : new String[] {"", ":", "1:", ":1", "0:1", "1:65536", "1:2:3", "a:b", "080:80", "-1:1"}) {
            assertThatThrownBy(() -> PortForward.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
