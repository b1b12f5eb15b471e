package crosvm.vmm.boot.acpi;

import crosvm.vmm.device.acpi.AcpiPm;
import crosvm.vmm.device.acpi.ResetRegister;
import crosvm.vmm.device.cmos.CmosRtc;

/** The Fixed ACPI Description Table (ACPI 6.5 §5.2.9): power management registers, reset, what the PC has and lacks. */
final class Fadt {
    private static final int REVISION = 6;
    private static final int MINOR_REVISION = 5;
    static final int FACS_AT = 36;
    static final int DSDT_AT = 40;
    static final int LENGTH = 276;

    /** The interrupt of fixed hardware events; the MADT says that it is a level. */
    static final int SCI = 9;

    private static final int NO_C2 = 101;
    private static final int NO_C3 = 1001;

    // Feature flags. PWR_BUTTON stays 0: the power button is fixed hardware, in PM1 event. SLP_BUTTON 1: there is none.
    private static final int WBINVD = 1;
    private static final int PROC_C1 = 1 << 2;
    private static final int SLP_BUTTON = 1 << 5;
    private static final int FIX_RTC = 1 << 6;
    private static final int TMR_VAL_EXT = 1 << 8;
    private static final int RESET_REG_SUP = 1 << 10;
    private static final int HEADLESS = 1 << 12;

    // IA-PC boot architecture. 8042 stays 0: port 0x64 takes the reset command, but there is no keyboard behind it.
    private static final int LEGACY_DEVICES = 1;
    private static final int VGA_NOT_PRESENT = 1 << 2;

    private Fadt() {}

    static byte[] table(long facs, long dsdt) {
        Table t = new Table("FACP", REVISION);
        t.u32(facs).u32(dsdt);
        t.u8(0); // Reserved, once INT_MODEL.
        t.u8(0); // Preferred_PM_Profile: unspecified.
        t.u16(SCI);
        t.u32(0).u8(0).u8(0); // No SMI_CMD: the machine is always in ACPI mode.
        t.u8(0).u8(0); // No S4BIOS, no P-state control.
        t.u32(AcpiPm.PM1A_EVENT_PORT).u32(0);
        t.u32(AcpiPm.PM1A_CONTROL_PORT).u32(0);
        t.u32(0); // PM2_CNT_BLK
        t.u32(AcpiPm.PM_TIMER_PORT);
        t.u32(0).u32(0); // No general-purpose events.
        t.u8(AcpiPm.PM1_EVENT_LENGTH).u8(AcpiPm.PM1_CONTROL_LENGTH).u8(0).u8(AcpiPm.PM_TIMER_LENGTH);
        t.u8(0).u8(0).u8(0); // GPE0_BLK_LEN, GPE1_BLK_LEN, GPE1_BASE
        t.u8(0); // CST_CNT
        t.u16(NO_C2).u16(NO_C3);
        t.u16(0).u16(0).u8(0).u8(0); // WBINVD works, so no flush size and stride; no duty cycle.
        t.u8(0).u8(0).u8(CmosRtc.CENTURY); // No RTC alarms beyond seconds, minutes, hours.
        t.u16(LEGACY_DEVICES | VGA_NOT_PRESENT);
        t.u8(0);
        t.u32(WBINVD | PROC_C1 | SLP_BUTTON | FIX_RTC | TMR_VAL_EXT | RESET_REG_SUP | HEADLESS);
        t.ioAddress(ResetRegister.PORT, 8, 1).u8(ResetRegister.RESET_VALUE);
        t.u16(0).u8(MINOR_REVISION); // ARM_BOOT_ARCH
        t.u64(0).u64(dsdt); // X_FIRMWARE_CTRL stays 0 where FIRMWARE_CTRL is given (§5.2.9).
        t.ioAddress(AcpiPm.PM1A_EVENT_PORT, 8 * AcpiPm.PM1_EVENT_LENGTH, 2).noAddress();
        t.ioAddress(AcpiPm.PM1A_CONTROL_PORT, 8 * AcpiPm.PM1_CONTROL_LENGTH, 2).noAddress();
        t.noAddress(); // X_PM2_CNT_BLK
        t.ioAddress(AcpiPm.PM_TIMER_PORT, 8 * AcpiPm.PM_TIMER_LENGTH, 3);
        t.noAddress().noAddress(); // X_GPE0_BLK, X_GPE1_BLK
        t.noAddress().noAddress(); // Sleep control and status: only for hardware-reduced machines.
        t.u64(0); // Hypervisor Vendor Identity
        return t.bytes();
    }
}
