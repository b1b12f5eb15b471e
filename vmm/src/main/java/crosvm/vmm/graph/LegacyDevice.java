package crosvm.vmm.graph;

import crosvm.schema.model.PortSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A device of the PC platform, at fixed ports.
 *
 * @param kind which device
 * @param id its name: {@code com1}, {@code rtc}
 * @param ports the ports it answers
 * @param gsi its interrupt, or -1
 * @param port where a serial port leads, null for other devices
 * @param host what it takes of the host
 */
public record LegacyDevice(
        Kind kind,
        String id,
        List<PortRange> ports,
        int gsi,
        @Nullable PortSpec port,
        List<HostResource> host) {
    /** Copies the lists. */
    public LegacyDevice {
        ports = List.copyOf(ports);
        host = List.copyOf(host);
    }

    /** Which device. */
    public enum Kind {
        /** The two interrupt controllers of the AT, in the kernel. */
        PIC,
        /** The timer of the AT, in the kernel. */
        PIT,
        /** A 16550 UART. */
        SERIAL,
        /** The real-time clock with its CMOS memory. */
        RTC,
        /** The keyboard controller, for its reset line. */
        I8042,
        /** ACPI's fixed registers: power management events, control and timer. */
        ACPI_PM,
        /** PCI configuration access, mechanism 1, with the reset register among its ports. */
        PCI_CONFIG,
        /** The device through which a guest tells of its panic. */
        PVPANIC
    }

    /**
     * A range of I/O ports.
     *
     * @param first 0 to 0xffff
     * @param count 1 or more
     */
    public record PortRange(int first, int count) {}
}
