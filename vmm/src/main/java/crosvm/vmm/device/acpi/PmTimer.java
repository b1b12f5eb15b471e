package crosvm.vmm.device.acpi;

import crosvm.vmm.bus.BusDevice;
import java.util.function.LongSupplier;

/**
 * ACPI's power management timer (ACPI 6.5 §4.8.3.3): a free-running counter of {@value #HERTZ} Hz, 32 bits wide (so the
 * FADT says TMR_VAL_EXT), read-only. It holds no state but its start, so any thread may read.
 */
final class PmTimer implements BusDevice {
    static final int HERTZ = 3_579_545;

    private static final long SECOND = 1_000_000_000L;

    private final LongSupplier nanoTime;
    private final long start;

    /** @param nanoTime a monotonic clock in nanoseconds, such as {@code System::nanoTime} */
    PmTimer(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    @Override
    public long read(long offset, int size) {
        long elapsed = nanoTime.getAsLong() - start;
        long ticks = elapsed / SECOND * HERTZ + elapsed % SECOND * HERTZ / SECOND;
        return (ticks & 0xffff_ffffL) >>> 8 * offset;
    }

    @Override
    public void write(long offset, int size, long value) {
        // Read-only.
    }
}
