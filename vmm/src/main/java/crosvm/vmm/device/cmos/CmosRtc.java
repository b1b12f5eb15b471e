package crosvm.vmm.device.cmos;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.irq.InterruptLine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A PC's CMOS: an MC146818 real-time clock and 114 bytes of memory behind an index port and a data port. The time is the
 * given clock's, in UTC, plus an offset that the guest sets by writing it; the host's clock is never touched.
 *
 * <p>A guest reads the time register by register. They all come from one snapshot, taken when register A was read (as
 * drivers do to see that no update is in progress) or when the last snapshot is {@value #SNAPSHOT_MILLISECONDS} ms old,
 * so they never mix two seconds.
 *
 * <p>Its update-ended, alarm and periodic interrupts drive one line, which is up while register C has a flag whose interrupt
 * register B enables. The square wave and the daylight saving of the chip's first model are not there, as on PCs.
 *
 * <p>Guarded by this object's monitor; vCPU threads call, and the timer's thread calls {@link #wakeUp()}.
 */
public final class CmosRtc implements BusDevice {
    public static final int INDEX_PORT = 0x70;

    /** Index and data port. */
    public static final int PORTS = 2;

    /** The century's register, which the FADT names. */
    public static final int CENTURY = 0x32;

    static final int SNAPSHOT_MILLISECONDS = 10;

    private static final int SIZE = 128;
    private static final int SECONDS = 0x00;
    private static final int MINUTES = 0x02;
    private static final int HOURS = 0x04;
    private static final int DAY_OF_WEEK = 0x06;
    private static final int DAY = 0x07;
    private static final int MONTH = 0x08;
    private static final int YEAR = 0x09;
    private static final int SECONDS_ALARM = 0x01;
    private static final int MINUTES_ALARM = 0x03;
    private static final int HOURS_ALARM = 0x05;
    private static final int REGISTER_A = 0x0a;
    private static final int REGISTER_B = 0x0b;
    private static final int REGISTER_C = 0x0c;
    private static final int REGISTER_D = 0x0d;

    private static final int A_UPDATE_IN_PROGRESS = 0x80;
    /** The 32,768 Hz time base runs, and a rate of 1,024 Hz. */
    private static final int A_RUNNING = 0x26;
    /** Both bits on hold the divider chain, and with it all of the clock (data sheet, "Divider Configurations"). */
    private static final int A_DIVIDER_RESET = 0x60;

    private static final int A_RATE = 0x0f;

    private static final int B_SET = 0x80;
    private static final int B_BINARY = 0x04;
    private static final int B_24_HOURS = 0x02;
    private static final int D_VALID = 0x80;

    private static final int UPDATE_STARTS_NANOSECONDS = 1_000_000_000 - 244_000;

    private static final long HALF_A_SECOND = 500_000_000;

    private final Clock clock;
    private final InterruptLine line;
    private final AlarmClock alarmClock;
    private final RtcInterrupts interrupts;
    private final int[] memory = new int[SIZE];
    private Duration offset = Duration.ZERO;
    private Instant snapshotTaken = Instant.MIN;
    private LocalDateTime snapshot = LocalDateTime.MIN;
    private int index;
    private boolean asserted;
    private @Nullable Instant awaited;

    /** Calls {@link CmosRtc#wakeUp()} at a moment of the RTC's clock. */
    @FunctionalInterface
    public interface AlarmClock {
        /** @param moment replaces the one that was waited for; null: none */
        void wakeAt(@Nullable Instant moment);
    }

    /**
     * @param clock tells the time; its zone is of no matter
     * @param ramBytes the guest's memory, for the registers that tell firmware how much there is
     * @param line the interrupt's, GSI 8 on a PC
     * @param alarmClock calls with no lock held
     */
    public CmosRtc(Clock clock, long ramBytes, InterruptLine line, AlarmClock alarmClock) {
        this.clock = clock;
        this.line = line;
        this.alarmClock = alarmClock;
        interrupts = new RtcInterrupts(clock.instant());
        memory[REGISTER_A] = A_RUNNING;
        memory[REGISTER_B] = B_24_HOURS;
        MemorySizes.write(memory, ramBytes);
    }

    /** The index port cannot be read back; wider accesses than a byte take both ports. */
    @Override
    public synchronized long read(long port, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (port + i == 0 ? 0xffL : readRegister(index)) << 8 * i;
        }
        return value;
    }

    @Override
    public synchronized void write(long port, int size, long value) {
        for (int i = 0; i < size; i++) {
            int octet = (int) (value >>> 8 * i) & 0xff;
            if (port + i == 0) {
                index = octet & SIZE - 1; // The top bit masks the NMI, which nobody raises here.
            } else {
                writeRegister(index, octet);
            }
        }
    }

    private RtcFormat format() {
        int b = memory[REGISTER_B];
        return new RtcFormat((b & B_BINARY) != 0, (b & B_24_HOURS) != 0);
    }

    private boolean halted() {
        return (memory[REGISTER_B] & B_SET) != 0 || dividerReset(memory[REGISTER_A]);
    }

    private static boolean dividerReset(int registerA) {
        return (registerA & A_DIVIDER_RESET) == A_DIVIDER_RESET;
    }

    /** What the clock shows: its date and time, to the fraction of a second where its divider chain is. */
    private Instant time() {
        return clock.instant().plus(offset);
    }

    /** The moment that was asked of the alarm clock has come. */
    public synchronized void wakeUp() {
        awaited = null; // Or a host's clock that was set back a moment ago would leave us without a timer.
        advance();
        updateLine();
    }

    private void advance() {
        interrupts.advance(time(), rates());
    }

    private RtcInterrupts.Rates rates() {
        RtcAlarm alarm = new RtcAlarm(memory[SECONDS_ALARM], memory[MINUTES_ALARM], memory[HOURS_ALARM], format());
        return new RtcInterrupts.Rates(!halted(), periodicFrequency(), alarm);
    }

    /** In hertz; with a 32,768 Hz time base the two fastest rates are two slow ones once more (data sheet, "Periodic Interrupt
     * Rate and Square Wave Output Frequency"). */
    private int periodicFrequency() {
        int rate = memory[REGISTER_A] & A_RATE;
        if (rate == 0 || dividerReset(memory[REGISTER_A])) {
            return 0;
        }
        return rate <= 2 ? 512 >> rate : 65_536 >> rate;
    }

    private void updateLine() {
        int enabled = memory[REGISTER_B];
        boolean wanted = interrupts.requested(enabled);
        if (wanted != asserted) {
            asserted = wanted;
            line.set(wanted);
        }
        Instant next = interrupts.next(enabled, rates());
        Instant moment = next == null ? null : next.minus(offset);
        if (!Objects.equals(moment, awaited)) {
            awaited = moment;
            alarmClock.wakeAt(moment);
        }
    }

    private int takeInterrupts() {
        advance();
        int value = interrupts.take(memory[REGISTER_B]);
        updateLine();
        return value;
    }

    private static boolean isTime(int register) {
        return switch (register) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY -> true;
            default -> false;
        };
    }

    private int readRegister(int register) {
        if (isTime(register)) {
            return halted() ? memory[register] : timeRegister(register, snapshot());
        }
        return switch (register) {
            case REGISTER_A -> memory[REGISTER_A] | (updateInProgress() ? A_UPDATE_IN_PROGRESS : 0);
            case REGISTER_C -> takeInterrupts();
            case REGISTER_D -> D_VALID;
            default -> memory[register];
        };
    }

    private void writeRegister(int register, int value) {
        advance();
        if (isTime(register)) {
            boolean running = !halted();
            if (running) {
                holdTime();
            }
            memory[register] = value;
            if (running) {
                setTime();
            }
        } else {
            switch (register) {
                case REGISTER_A -> setControl(value & ~A_UPDATE_IN_PROGRESS, memory[REGISTER_B]);
                // SET clears the update-ended interrupt's enable bit (data sheet, "Register B", UIE).
                case REGISTER_B ->
                    setControl(memory[REGISTER_A], (value & B_SET) == 0 ? value : value & ~RtcInterrupts.UPDATE_ENDED);
                case REGISTER_C, REGISTER_D -> {
                    // Read-only.
                }
                default -> memory[register] = value;
            }
        }
        updateLine();
    }

    /**
     * While SET is on or the divider chain is held, the registers stand still and the guest writes them; then they are the
     * time. Neither SET nor writing moves the divider chain, but when it is let go the next second starts half a second
     * later (data sheet, "Divider Control"); Linux sets the time accordingly.
     */
    private void setControl(int a, int b) {
        boolean wasHalted = halted();
        boolean wasReset = dividerReset(memory[REGISTER_A]);
        if (!wasHalted) {
            holdTime();
        }
        memory[REGISTER_A] = a;
        memory[REGISTER_B] = b;
        if (wasReset && !dividerReset(a)) {
            offset = offset.plusNanos(HALF_A_SECOND - time().getNano());
            interrupts.skipTo(time());
        }
        if (wasHalted && !halted()) {
            setTime();
        }
    }

    private boolean updateInProgress() {
        if (halted()) {
            return false;
        }
        snapshotTaken = Instant.MIN;
        return snapshot().getNano() >= UPDATE_STARTS_NANOSECONDS;
    }

    private LocalDateTime snapshot() {
        Instant now = clock.instant();
        if (now.isBefore(snapshotTaken)
                || snapshotTaken.plusMillis(SNAPSHOT_MILLISECONDS).isBefore(now)) {
            snapshotTaken = now;
            snapshot = LocalDateTime.ofInstant(time(), ZoneOffset.UTC);
        }
        return snapshot;
    }

    private int timeRegister(int register, LocalDateTime time) {
        RtcFormat format = format();
        return switch (register) {
            case SECONDS -> format.encode(time.getSecond());
            case MINUTES -> format.encode(time.getMinute());
            case HOURS -> format.encodeHour(time.getHour());
            case DAY_OF_WEEK -> time.getDayOfWeek().getValue() % 7 + 1; // Sunday is 1
            case DAY -> format.encode(time.getDayOfMonth());
            case MONTH -> format.encode(time.getMonthValue());
            case YEAR -> format.encode(time.getYear() % 100);
            default -> format.encode(time.getYear() / 100 % 100);
        };
    }

    private void holdTime() {
        snapshotTaken = Instant.MIN;
        LocalDateTime now = snapshot();
        for (int register = SECONDS; register <= CENTURY; register++) {
            if (isTime(register)) {
                memory[register] = timeRegister(register, now);
            }
        }
    }

    /** Takes any values: what is no date, such as February 31st, counts on into the next month. */
    private void setTime() {
        RtcFormat format = format();
        int year = format.decode(memory[CENTURY]) * 100 + format.decode(memory[YEAR]);
        LocalDateTime set = LocalDateTime.of(year, 1, 1, 0, 0)
                .plusMonths(format.decode(memory[MONTH]) - 1L)
                .plusDays(format.decode(memory[DAY]) - 1L)
                .plusHours(format.decodeHour(memory[HOURS]))
                .plusMinutes(format.decode(memory[MINUTES]))
                .plusSeconds(format.decode(memory[SECONDS]))
                .plusNanos(time().getNano());
        offset = Duration.between(clock.instant(), set.toInstant(ZoneOffset.UTC));
        interrupts.skipTo(time());
        snapshotTaken = Instant.MIN;
    }
}
