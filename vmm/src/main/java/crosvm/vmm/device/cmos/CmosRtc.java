package crosvm.vmm.device.cmos;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.memory.MemoryLayout;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * A PC's CMOS: an MC146818 real-time clock and 114 bytes of memory behind an index port and a data port. The time is the
 * given clock's, in UTC, plus an offset that the guest sets by writing it; the host's clock is never touched.
 *
 * <p>A guest reads the time register by register. They all come from one snapshot, taken when register A was read (as
 * drivers do to see that no update is in progress) or when the last snapshot is {@value #SNAPSHOT_MILLISECONDS} ms old,
 * so they never mix two seconds.
 *
 * <p>Guarded by this object's monitor; vCPU threads call.
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
    private static final int REGISTER_A = 0x0a;
    private static final int REGISTER_B = 0x0b;
    private static final int REGISTER_C = 0x0c;
    private static final int REGISTER_D = 0x0d;

    private static final int A_UPDATE_IN_PROGRESS = 0x80;
    /** The 32,768 Hz time base runs, and a rate of 1,024 Hz. */
    private static final int A_RUNNING = 0x26;

    private static final int B_SET = 0x80;
    private static final int B_BINARY = 0x04;
    private static final int B_24_HOURS = 0x02;
    private static final int D_VALID = 0x80;

    private static final int UPDATE_STARTS_NANOSECONDS = 1_000_000_000 - 244_000;

    private final Clock clock;
    private final int[] memory = new int[SIZE];
    private Duration offset = Duration.ZERO;
    private Instant snapshotTaken = Instant.MIN;
    private LocalDateTime snapshot = LocalDateTime.MIN;
    private int index;

    /**
     * @param clock tells the time; its zone is of no matter
     * @param ramBytes the guest's memory, for the registers that tell firmware how much there is
     */
    public CmosRtc(Clock clock, long ramBytes) {
        this.clock = clock;
        memory[REGISTER_A] = A_RUNNING;
        memory[REGISTER_B] = B_24_HOURS;
        setMemorySize(ramBytes);
    }

    private void setMemorySize(long ramBytes) {
        long low = Math.min(ramBytes, MemoryLayout.PCI_HOLE_START);
        long high = ramBytes - low;
        putWord(0x15, Math.min(640, low >> 10)); // base memory in KiB
        long above1M = Math.min(0xffff, Math.max(0, low - (1 << 20)) >> 10); // in KiB
        putWord(0x17, above1M);
        putWord(0x30, above1M);
        putWord(0x34, Math.min(0xffff, Math.max(0, low - (16 << 20)) >> 16)); // above 16 MiB, in 64 KiB
        long above4G = Math.min(0xff_ffff, high >> 16); // in 64 KiB
        putWord(0x5b, above4G & 0xffff);
        memory[0x5d] = (int) (above4G >> 16);
    }

    private void putWord(int register, long value) {
        memory[register] = (int) value & 0xff;
        memory[register + 1] = (int) (value >> 8) & 0xff;
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
        return (memory[REGISTER_B] & B_SET) != 0;
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
            case REGISTER_C -> 0;
            case REGISTER_D -> D_VALID;
            default -> memory[register];
        };
    }

    private void writeRegister(int register, int value) {
        if (isTime(register)) {
            boolean running = !halted();
            if (running) {
                holdTime();
            }
            memory[register] = value;
            if (running) {
                setTime();
            }
            return;
        }
        switch (register) {
            case REGISTER_A -> memory[REGISTER_A] = value & ~A_UPDATE_IN_PROGRESS;
            case REGISTER_B -> setRegisterB(value);
            case REGISTER_C, REGISTER_D -> {
                // Read-only.
            }
            default -> memory[register] = value;
        }
    }

    /** While SET is on the registers stand still and the guest writes them; when it goes off they are the time. */
    private void setRegisterB(int value) {
        boolean wasHalted = halted();
        if (!wasHalted && (value & B_SET) != 0) {
            holdTime();
        }
        memory[REGISTER_B] = value;
        if (wasHalted && (value & B_SET) == 0) {
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
            snapshot = LocalDateTime.ofInstant(now.plus(offset), ZoneOffset.UTC);
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
                .plusSeconds(format.decode(memory[SECONDS]));
        offset = Duration.between(clock.instant(), set.toInstant(ZoneOffset.UTC));
        snapshotTaken = Instant.MIN;
    }
}
