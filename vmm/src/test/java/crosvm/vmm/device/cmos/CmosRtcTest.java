package crosvm.vmm.device.cmos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class CmosRtcTest {
    private static final long MIB = 1 << 20;

    private final FakeClock clock = new FakeClock();
    private final CmosRtc rtc = new CmosRtc(clock, 512 * MIB, level -> {}, moment -> {});

    private int read(int register) {
        rtc.write(0, 1, register);
        return (int) rtc.read(1, 1);
    }

    private void write(int register, int value) {
        rtc.write(0, 1, register);
        rtc.write(1, 1, value);
    }

    private String time() {
        return "%02x%02x-%02x-%02x %02x:%02x:%02x (%d)"
                .formatted(read(0x32), read(9), read(8), read(7), read(4), read(2), read(0), read(6));
    }

    @Test
    void tellsUtcInBcdAnd24HoursFromTheStart() {
        assertThat(read(0x0b)).isEqualTo(0x02);
        assertThat(time()).isEqualTo("2026-11-24 21:05:09 (3)");
    }

    @Test
    void countsSundayAsTheFirstDay() {
        clock.now = Instant.parse("2026-11-22T00:00:00Z");
        assertThat(read(6)).isEqualTo(1);
        clock.now = Instant.parse("2026-11-28T00:00:00Z");
        assertThat(read(6)).isEqualTo(7);
    }

    @Test
    void tellsBinaryAndTwelveHoursOnRequest() {
        write(0x0b, 0x04);
        assertThat(read(0x04)).isEqualTo(0x80 | 9);
        assertThat(read(0x09)).isEqualTo(26);
        clock.now = Instant.parse("2026-11-24T00:59:00Z");
        assertThat(read(0x04)).as("midnight is 12 AM").isEqualTo(12);
        assertThat(read(0x02)).isEqualTo(59);
        clock.now = Instant.parse("2026-11-24T12:00:00Z");
        assertThat(read(0x04)).as("noon is 12 PM").isEqualTo(0x80 | 12);
    }

    @Test
    void masksTheNmiBitOfTheIndex() {
        assertThat(read(0x80 | 0x0d)).isEqualTo(0x80);
    }

    @Test
    void saysThatItsTimeIsValidAndNoInterruptIsPending() {
        assertThat(read(0x0d)).isEqualTo(0x80);
        assertThat(read(0x0c)).isZero();
        write(0x0d, 0);
        assertThat(read(0x0d)).isEqualTo(0x80);
    }

    @Test
    void showsAnUpdateInProgressOnlyJustBeforeTheNextSecond() {
        clock.now = Instant.parse("2026-11-24T21:05:09.999755Z");
        assertThat(read(0x0a)).isEqualTo(0x26);
        clock.now = Instant.parse("2026-11-24T21:05:09.999757Z");
        assertThat(read(0x0a)).isEqualTo(0xa6);
        clock.now = Instant.parse("2026-11-24T21:05:10Z");
        assertThat(read(0x0a)).isEqualTo(0x26);
    }

    @Test
    void readsAllRegistersFromOneMoment() {
        clock.now = Instant.parse("2026-12-31T23:59:59.9997Z");
        assertThat(read(0x0a) & 0x80).isZero();
        int seconds = read(0);
        clock.now = Instant.parse("2027-01-01T00:00:00.0003Z");
        assertThat(seconds).isEqualTo(0x59);
        assertThat(time()).isEqualTo("2026-12-31 23:59:59 (5)");
        read(0x0a);
        assertThat(time()).isEqualTo("2027-01-01 00:00:00 (6)");
    }

    @Test
    void doesNotHoldAMomentForLong() {
        assertThat(read(0)).isEqualTo(0x09);
        clock.now = clock.now.plusMillis(1000);
        assertThat(read(0)).isEqualTo(0x10);
        clock.now = clock.now.minusSeconds(5);
        assertThat(read(0)).as("the host's clock was set back").isEqualTo(0x05);
    }

    @Test
    void setsTheTimeAsLinuxDoes() {
        write(0x0b, 0x82);
        write(0x0a, 0x76);
        write(0x09, 0x31);
        write(0x08, 0x02);
        write(0x07, 0x28);
        write(0x04, 0x23);
        write(0x02, 0x59);
        write(0x00, 0x58);
        write(0x32, 0x20);
        clock.now = clock.now.plusSeconds(100);
        assertThat(read(0x00)).as("stands still while being set").isEqualTo(0x58);
        write(0x0b, 0x02);
        write(0x0a, 0x26);
        assertThat(time()).isEqualTo("2031-02-28 23:59:58 (6)");
        clock.now = clock.now.plusSeconds(3);
        assertThat(time()).isEqualTo("2031-03-01 00:00:01 (7)");
    }

    @Test
    void setsASingleRegisterWhileRunning() {
        write(0x04, 0x03);
        assertThat(time()).isEqualTo("2026-11-24 03:05:09 (3)");
    }

    @Test
    void takesImpossibleDatesWithoutFailing() {
        for (int value : new int[] {0x00, 0xff, 0x99, 0x80, 0x32}) {
            for (int register : new int[] {0, 2, 4, 6, 7, 8, 9, 0x32}) {
                write(register, value);
                assertThat(time()).isNotEmpty();
            }
        }
        write(0x0b, 0x04);
        write(0x04, 0xff);
        assertThat(time()).isNotEmpty();
    }

    @Test
    void keepsOrdinaryMemory() {
        write(0x0f, 0x0a);
        write(0x7f, 0x77);
        assertThat(read(0x0f)).isEqualTo(0x0a);
        assertThat(read(0x7f)).isEqualTo(0x77);
        write(0x01, 0xc0);
        assertThat(read(0x01)).as("an alarm register").isEqualTo(0xc0);
    }

    private int memory(int register, int octets) {
        int value = 0;
        for (int i = 0; i < octets; i++) {
            value |= read(register + i) << 8 * i;
        }
        return value;
    }

    @Test
    void tellsTheMemorySize() {
        assertThat(memory(0x15, 2)).isEqualTo(640);
        assertThat(memory(0x17, 2)).isEqualTo(0xffff);
        assertThat(memory(0x30, 2)).isEqualTo(0xffff);
        assertThat(memory(0x34, 2)).isEqualTo(496 * 16);
        assertThat(memory(0x5b, 3)).isZero();
    }

    @Test
    void tellsSmallAndLargeMemorySizes() {
        CmosRtc small = new CmosRtc(clock, 8 * MIB, level -> {}, moment -> {});
        small.write(0, 1, 0x31);
        assertThat(small.read(1, 1)).isEqualTo(7 * 1024 >> 8);
        small.write(0, 1, 0x34);
        assertThat(small.read(1, 1)).isZero();
        CmosRtc large = new CmosRtc(clock, 6 * 1024 * MIB, level -> {}, moment -> {});
        large.write(0, 1, 0x35);
        assertThat(large.read(1, 1)).as("3 GiB below the hole, less 16 MiB").isEqualTo(0xbf);
        large.write(0, 1, 0x5c);
        assertThat(large.read(1, 1)).as("3 GiB above 4 GiB").isEqualTo(0xc0);
    }

    @Test
    void cannotReadItsIndexBack() {
        rtc.write(0, 1, 0x0d);
        assertThat(rtc.read(0, 1)).isEqualTo(0xff);
        assertThat(rtc.read(0, 2)).isEqualTo(0x80ff);
    }
}
