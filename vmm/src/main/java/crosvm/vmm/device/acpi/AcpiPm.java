package crosvm.vmm.device.acpi;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.bus.MachineEvents;
import crosvm.vmm.irq.InterruptLine;
import java.util.function.LongSupplier;

/**
 * ACPI's fixed power management hardware (ACPI 6.5 §4.8.3): PM1a event and control registers and the PM timer. There is
 * no SMI command port, so the machine is always in ACPI mode and SCI_EN reads 1. The power button is the one event that
 * happens (the timer's overflow event is left out: its enable bit stays 0), and S5, soft off, is the one sleeping state.
 *
 * <p>Registers are guarded by this object's monitor; the SCI line is driven under it, so that levels arrive in their
 * order, and {@link MachineEvents} is called outside.
 */
public final class AcpiPm {
    public static final int PM1A_EVENT_PORT = 0x600;
    public static final int PM1A_CONTROL_PORT = 0x604;
    public static final int PM_TIMER_PORT = 0x608;

    /** PM1_EVT_LEN: two bytes of status, two of enable. */
    public static final int PM1_EVENT_LENGTH = 4;

    public static final int PM1_CONTROL_LENGTH = 2;
    public static final int PM_TIMER_LENGTH = 4;

    /** SLP_TYPa of soft off, which the DSDT's \_S5 package must name. */
    public static final int SLEEP_TYPE_S5 = 5;

    private static final int GBL = 1 << 5;
    private static final int PWRBTN = 1 << 8;
    /** Never happens here (FIX_RTC in the FADT), but Linux complains when it cannot set the enable bit all the same. */
    private static final int RTC = 1 << 10;

    private static final int ENABLE_BITS = GBL | PWRBTN | RTC;
    private static final int SCI_EN = 1;
    private static final int SLP_TYP_SHIFT = 10;
    private static final int SLP_TYP = 7 << SLP_TYP_SHIFT;
    private static final int SLP_EN = 1 << 13;

    private final InterruptLine sci;
    private final MachineEvents events;
    private final PmTimer timer;
    private int status;
    private int enable;
    private int control;
    private boolean asserted;

    /**
     * @param sci the system control interrupt, level-triggered
     * @param nanoTime a monotonic clock in nanoseconds, such as {@code System::nanoTime}
     */
    public AcpiPm(InterruptLine sci, MachineEvents events, LongSupplier nanoTime) {
        this.sci = sci;
        this.events = events;
        this.timer = new PmTimer(nanoTime);
    }

    /** Puts all registers at their ports. */
    public void addTo(Bus ports) {
        ports.add(PM1A_EVENT_PORT, PM1_EVENT_LENGTH, "ACPI PM1a event", new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return readEvents() >>> 8 * offset;
            }

            @Override
            public void write(long offset, int size, long value) {
                writeEvents(value << 8 * offset, bytesWritten(offset, size));
            }
        });
        ports.add(PM1A_CONTROL_PORT, PM1_CONTROL_LENGTH, "ACPI PM1a control", new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return readControl() >>> 8 * offset;
            }

            @Override
            public void write(long offset, int size, long value) {
                if (writeControl((int) (value << 8 * offset), (int) bytesWritten(offset, size))) {
                    events.powerOff();
                }
            }
        });
        ports.add(PM_TIMER_PORT, PM_TIMER_LENGTH, "ACPI PM timer", timer);
    }

    /** Somebody pressed the power button: a guest with a driver for it shuts itself down. Any thread. */
    public synchronized void pressPowerButton() {
        status |= PWRBTN;
        updateSci();
    }

    /** A mask of the register's bits that an access of part of it covers. */
    private static long bytesWritten(long offset, int size) {
        return (1L << 8 * size) - 1 << 8 * offset;
    }

    private synchronized long readEvents() {
        return (long) enable << 16 | status;
    }

    private synchronized void writeEvents(long value, long written) {
        status &= (int) ~(value & written); // §4.8.3.1.1: writing ones clears.
        int enableWritten = (int) (written >>> 16) & ENABLE_BITS;
        enable = enable & ~enableWritten | (int) (value >>> 16) & enableWritten;
        updateSci();
    }

    private synchronized long readControl() {
        return control | SCI_EN; // SLP_EN always reads 0 (§4.8.3.2.1).
    }

    /** @return whether the guest goes to S5 */
    private synchronized boolean writeControl(int value, int written) {
        control = control & ~written | value & written & SLP_TYP;
        return (value & written & SLP_EN) != 0 && control >> SLP_TYP_SHIFT == SLEEP_TYPE_S5;
    }

    private void updateSci() {
        boolean wanted = (status & enable) != 0;
        if (wanted != asserted) {
            asserted = wanted;
            sci.set(wanted);
        }
    }
}
