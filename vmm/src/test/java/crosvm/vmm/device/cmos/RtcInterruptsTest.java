package crosvm.vmm.device.cmos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The clock's interrupts, on a clock and an alarm clock that the test turns. */
class RtcInterruptsTest {
    private static final int A = 0x0a;
    private static final int B = 0x0b;
    private static final int C = 0x0c;
    private static final int SECONDS_ALARM = 1;
    private static final int MINUTES_ALARM = 3;
    private static final int HOURS_ALARM = 5;
    private static final int ANY = 0xc0;

    private final FakeClock clock = new FakeClock();
    private final List<Boolean> edges = new ArrayList<>();
    private @Nullable Instant awaited;
    private final CmosRtc rtc = new CmosRtc(clock, 64 << 20, edges::add, moment -> awaited = moment);

    private int read(int register) {
        rtc.write(0, 1, register);
        return (int) rtc.read(1, 1);
    }

    private void write(int register, int value) {
        rtc.write(0, 1, register);
        rtc.write(1, 1, value);
    }

    private void alarmAt(int hours, int minutes, int seconds) {
        write(HOURS_ALARM, hours);
        write(MINUTES_ALARM, minutes);
        write(SECONDS_ALARM, seconds);
    }

    /** The alarm clock rings, if it is set. */
    private void ring() {
        assertThat(awaited).as("the alarm clock is set").isNotNull();
        clock.now = awaited;
        awaited = null; // It rings once.
        rtc.wakeUp();
    }

    private static Instant at(String time) {
        return Instant.parse("2026-11-24T" + time + "Z");
    }

    @Test
    void flagsEachEndOfAnUpdateUntilItIsRead() {
        assertThat(read(C)).isZero();
        clock.now = at("21:05:10");
        assertThat(read(C)).as("the periodic flag has come, too").isEqualTo(0x50);
        assertThat(read(C)).isZero();
        clock.now = at("21:05:15.7");
        assertThat(read(C) & 0x10).isEqualTo(0x10);
        assertThat(edges).as("no interrupt is enabled").isEmpty();
        assertThat(awaited).isNull();
    }

    @Test
    void interruptsAtTheEndOfEveryUpdate() {
        write(A, 0x20); // No periodic flag.
        write(B, 0x12);
        assertThat(awaited).isEqualTo(at("21:05:10"));
        ring();
        assertThat(edges).containsExactly(true);
        assertThat(awaited).as("nothing more until it is acknowledged").isNull();
        clock.now = at("21:05:12.25");
        assertThat(read(C)).isEqualTo(0x90);
        assertThat(edges).containsExactly(true, false);
        assertThat(awaited).isEqualTo(at("21:05:13"));
        write(B, 0x02);
        assertThat(awaited).isNull();
    }

    @Test
    void interruptsAtOnceWhenAFlagIsThereAsItsInterruptIsEnabled() {
        clock.now = at("21:05:10");
        write(B, 0x12);
        assertThat(edges).containsExactly(true);
        write(B, 0x02);
        assertThat(edges).containsExactly(true, false);
    }

    @ParameterizedTest
    @CsvSource({
        "0x21, 0x05, 0x10, 2026-11-24T21:05:10Z",
        "0x21, 0x06, 0x00, 2026-11-24T21:06:00Z",
        "0x21, 0x05, 0x09, 2026-11-25T21:05:09Z",
        "0x00, 0x00, 0x00, 2026-11-25T00:00:00Z",
        "0xff, 0xc0, 0xd5, 2026-11-24T21:05:10Z",
        "0xff, 0xff, 0x05, 2026-11-24T21:06:05Z",
        "0xff, 0x04, 0xff, 2026-11-24T22:04:00Z",
        "0x20, 0xff, 0x59, 2026-11-25T20:00:59Z",
        "0x24, 0x00, 0x00, ",
        "0x21, 0x60, 0x00, ",
        "0xff, 0xff, 0x1a, ",
        "0xff, 0xff, 0x60, ",
        "0xff, 0x7f, 0xff, ",
    })
    void waitsForTheNextTimeThatTheAlarmRegistersSay(String h, String m, String s, @Nullable Instant due) {
        alarmAt(Integer.decode(h), Integer.decode(m), Integer.decode(s));
        write(A, 0x20);
        write(B, 0x22);
        assertThat(awaited).isEqualTo(due);
        if (due != null) {
            clock.now = due.minusNanos(1);
            assertThat(read(C) & 0x20).isZero();
            ring();
            assertThat(read(C)).isEqualTo(0xb0);
            assertThat(edges).containsExactly(true, false);
        }
    }

    @Test
    void comparesTheAlarmInTheFormatOfTheTime() {
        alarmAt(0x80 | 10, 30, ANY);
        write(B, 0x24); // binary, 12 hours
        assertThat(awaited).isEqualTo(at("22:30:00"));
        write(B, 0x26); // 24 hours: there is no hour of that number
        assertThat(awaited).isNull();
        write(HOURS_ALARM, 23);
        assertThat(awaited).isEqualTo(at("23:30:00"));
    }

    @Test
    void isDueWhenTheHostsClockHasPassedTheAlarmAndNotWhenItGoesBack() {
        alarmAt(0x22, 0, 0);
        write(B, 0x22);
        clock.now = at("03:00:00");
        rtc.wakeUp();
        assertThat(edges).isEmpty();
        assertThat(awaited).isEqualTo(at("22:00:00"));
        clock.now = at("22:30:00");
        rtc.wakeUp();
        assertThat(edges).containsExactly(true);
    }

    @ParameterizedTest
    @CsvSource({"1, 256", "2, 128", "3, 8192", "6, 1024", "10, 64", "15, 2"})
    void interruptsPeriodicallyAtTheRateOfRegisterA(int rate, int hertz) {
        write(A, 0x20 | rate);
        clock.now = at("21:05:10");
        read(C);
        write(B, 0x42);
        for (int i = 0; i < hertz; i++) {
            ring();
            assertThat(read(C) & 0xc0).isEqualTo(0xc0);
        }
        assertThat(clock.now).as("no rounding adds up").isEqualTo(at("21:05:11"));
        assertThat(edges).hasSize(2 * hertz);
    }

    @Test
    void hasNoPeriodicInterruptAtRateZeroNorWhileTheDividerIsHeld() {
        write(A, 0x20);
        write(B, 0x42);
        assertThat(awaited).isNull();
        write(A, 0x7f);
        assertThat(awaited).isNull();
        write(A, 0x2f);
        assertThat(awaited).isNotNull();
    }

    @Test
    void settingTheTimeEndsUpdatesAndTheirInterruptButNotThePeriodicOne() {
        write(B, 0x52);
        write(B, 0xd2);
        assertThat(read(B)).as("SET clears UIE").isEqualTo(0xc2);
        clock.now = at("21:05:20");
        rtc.wakeUp();
        assertThat(read(C)).isEqualTo(0xc0);
    }

    @Test
    void movesTheAlarmWithTheTimeThatTheGuestSets() {
        alarmAt(0x04, 0, 0);
        write(A, 0x20);
        write(B, 0x22);
        read(C);
        write(4, 0x03); // 03:05:09.5 from now on
        assertThat(read(C)).as("what lies between is no event").isZero();
        assertThat(awaited).isEqualTo(at("22:00:00"));
        ring();
        assertThat(read(4)).isEqualTo(0x04);
        assertThat(read(C)).isEqualTo(0xb0);
    }

    @Test
    void startsTheNextSecondHalfASecondAfterTheDividerIsLetGo() {
        write(B, 0x92);
        write(A, 0x76);
        write(0, 0x30);
        clock.now = at("21:07:00.3");
        write(B, 0x12);
        assertThat(read(0)).as("held").isEqualTo(0x30);
        assertThat(read(C) & 0x10).isZero();
        clock.now = at("21:07:02.3");
        write(A, 0x26);
        assertThat(read(0)).isEqualTo(0x30);
        assertThat(awaited).isEqualTo(at("21:07:02.8"));
        ring();
        assertThat(read(0)).isEqualTo(0x31);
        assertThat(edges).containsExactly(true);
    }

    @Test
    void settingTheTimeAloneLeavesTheFractionOfTheSecond() {
        write(B, 0x82);
        write(0, 0x00);
        write(B, 0x12);
        assertThat(awaited).isEqualTo(at("21:05:10"));
    }

    @Test
    void setsTheAlarmClockOnlyWhenTheMomentChanges() {
        int[] set = {0};
        CmosRtc counted = new CmosRtc(clock, 64 << 20, edges::add, moment -> set[0]++);
        for (int register = 0; register < 128; register++) {
            counted.write(0, 1, register);
            counted.write(1, 1, 0);
        }
        assertThat(set[0]).isZero();
    }
}
