package crosvm.vmm.device.pvpanic;

import crosvm.vmm.bus.BusDevice;
import crosvm.vmm.bus.MachineEvents;

/**
 * The pvpanic ISA device (QEMU docs/specs/pvpanic.rst), one port: reading tells the events it knows, writing reports
 * some. Stateless, so any thread may call.
 */
public final class Pvpanic implements BusDevice {
    public static final int PORT = 0x505;

    private static final int PANICKED = 1;
    /** The guest panicked, but has a crash kernel loaded, goes on into that and ends by itself. */
    private static final int CRASH_LOADED = 2;

    private final MachineEvents events;

    public Pvpanic(MachineEvents events) {
        this.events = events;
    }

    @Override
    public long read(long offset, int size) {
        return PANICKED | CRASH_LOADED;
    }

    @Override
    public void write(long offset, int size, long value) {
        if ((value & PANICKED) != 0) {
            events.panicked();
        }
    }
}
