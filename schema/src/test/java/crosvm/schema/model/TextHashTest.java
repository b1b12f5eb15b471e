package crosvm.schema.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextHashTest {
    /** The first from NIST's examples for FIPS 180-4; the second as {@code printf ä | sha256sum} prints it in UTF-8. */
    @Test
    void isSha256OfTheTextInUtf8() {
        assertThat(TextHash.hex("abc")).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(TextHash.hex("ä")).isEqualTo("33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc");
        assertThat(TextHash.bytes("abc")).hasSize(32).startsWith(0xba, 0x78, 0x16, 0xbf);
    }
}
