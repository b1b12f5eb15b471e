package crosvm.vmm.boot.acpi;

/** Fixed hardware as the FADT and the DSDT name it; the devices answer at these places. */
public final class AcpiPorts {
    /** PM1a event block: status, then enable, 16 bits each (ACPI 6.5 §4.8.3.1). */
    public static final int PM1A_EVENT = 0x600;

    public static final int PM1A_EVENT_LENGTH = 4;
    /** PM1a control register, 16 bits (ACPI 6.5 §4.8.3.2). */
    public static final int PM1A_CONTROL = 0x604;

    public static final int PM1A_CONTROL_LENGTH = 2;
    /** The 3.579545 MHz timer (ACPI 6.5 §4.8.3.3). */
    public static final int PM_TIMER = 0x608;

    public static final int PM_TIMER_LENGTH = 4;
    public static final int RESET_REGISTER = 0xcf9;
    /** Full reset: system reset and CPU reset bits. */
    public static final int RESET_VALUE = 0x06;

    public static final int PVPANIC = 0x505;
    /** The interrupt of fixed hardware events, level triggered. */
    public static final int SCI = 9;

    /** SLP_TYPa that means S5, soft off; with {@link #SLEEP_ENABLE} the whole write to PM1a control. */
    public static final int SLEEP_TYPE_S5 = 5;

    public static final int SLEEP_TYPE_SHIFT = 10;
    public static final int SLEEP_ENABLE = 1 << 13;

    private AcpiPorts() {}
}
