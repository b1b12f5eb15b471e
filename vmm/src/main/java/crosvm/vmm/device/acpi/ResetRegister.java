package crosvm.vmm.device.acpi;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.bus.MachineEvents;

/**
 * The chipset's reset control register, port 0xcf9, which the FADT names as ACPI's RESET_REG (ACPI 6.5 §4.8.3.6): bit 1
 * chooses a full reset, bit 2 going up does it. It stands amid the PCI configuration ports 0xcf8 to 0xcff, which pass on
 * single-byte accesses to it. The state is guarded by the monitor; the reset is reported outside it.
 */
public final class ResetRegister implements BusDevice {
    public static final int PORT = 0xcf9;

    /** What ACPI's RESET_VALUE says to write. */
    public static final int RESET_VALUE = 0x06;

    private static final int SYSTEM_RESET = 0x02;
    private static final int RESET_CPU = 0x04;
    private static final int FULL_RESET = 0x08;

    private final MachineEvents events;
    private int value;

    public ResetRegister(MachineEvents events) {
        this.events = events;
    }

    @Override
    public synchronized long read(long offset, int size) {
        return value;
    }

    @Override
    public void write(long offset, int size, long written) {
        boolean reset;
        synchronized (this) {
            reset = (written & RESET_CPU) != 0 && (value & RESET_CPU) == 0;
            value = (int) written & (SYSTEM_RESET | RESET_CPU | FULL_RESET);
        }
        if (reset) {
            events.reset();
        }
    }
}
