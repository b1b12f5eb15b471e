package crosvm.vmm.boot.acpi;

import static crosvm.vmm.boot.acpi.Aml.*;

import crosvm.vmm.device.acpi.AcpiPm;
import crosvm.vmm.device.pvpanic.Pvpanic;
import crosvm.vmm.memory.MemoryLayout;
import java.util.ArrayList;
import java.util.List;

/** The Differentiated System Description Table: the devices that are not found by themselves, and how S5 is entered. */
final class Dsdt {
    /** Revision 2: integers have 64 bits (ACPI 6.5 §5.2.11.1). */
    private static final int REVISION = 2;

    private static final int PCI_SLOTS = 32;
    private static final int FIRST_PCI_GSI = 16;
    private static final int PCI_GSIS = 8;
    private static final int CONFIG_ADDRESS = 0xcf8;
    private static final int CONFIG_LENGTH = 8;

    /** PCI Firmware Specification 3.3 §4.5.1: 33DB4D5B-1FF7-401C-9657-7441C03DD766, as ToUUID lays it out. */
    private static final byte[] PCI_HOST_BRIDGE_UUID = {
        0x5b,
        0x4d,
        (byte) 0xdb,
        0x33,
        (byte) 0xf7,
        0x1f,
        0x1c,
        0x40,
        (byte) 0x96,
        0x57,
        0x74,
        0x41,
        (byte) 0xc0,
        0x3d,
        (byte) 0xd7,
        0x66
    };

    private static final long UNRECOGNISED_UUID = 1 << 2;
    private static final int[] COM_PORTS = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    private static final int[] COM_IRQS = {4, 3, 4, 3};

    private Dsdt() {}

    static byte[] table(AcpiMachine machine) {
        List<Aml> system = new ArrayList<>();
        system.add(pciRoot(machine));
        system.add(motherboard());
        for (int i = 0; i < COM_PORTS.length; i++) {
            system.add(serialPort(i));
        }
        system.add(device(
                "RTC0",
                List.of(
                        name("_HID", eisaId("PNP0B00")),
                        new Resources().io(0x70, 2).edgeIrq(8).crs())));
        system.add(device(
                "PVPC",
                List.of(
                        name("_HID", string("QEMU0001")),
                        name("_STA", integer(0xf)),
                        new Resources().io(Pvpanic.PORT, 1).crs())));
        List<Aml> processors = new ArrayList<>();
        for (int cpu = 0; cpu < machine.cpus(); cpu++) {
            processors.add(device(
                    String.format("C%03X", cpu),
                    List.of(name("_HID", string("ACPI0007")), name("_UID", integer(cpu)))));
        }
        system.addAll(processors);
        List<Aml> root = List.of(scope("\\_SB", system), softOff());
        return new Table("DSDT", REVISION).bytes(Aml.bytes(root)).bytes();
    }

    /** {@code \_S5}: the values of SLP_TYPa and SLP_TYPb that switch the machine off (§7.4.2). */
    private static Aml softOff() {
        Aml zero = integer(0);
        return name("\\_S5", pack(List.of(integer(AcpiPm.SLEEP_TYPE_S5), zero, zero, zero)));
    }

    private static Aml pciRoot(AcpiMachine machine) {
        Resources resources = new Resources()
                .busNumbers(0, (int) (MemoryLayout.ECAM_SIZE >>> 20) - 1)
                .io(CONFIG_ADDRESS, CONFIG_LENGTH)
                .ioWindow(0, CONFIG_ADDRESS - 1)
                .ioWindow(CONFIG_ADDRESS + CONFIG_LENGTH, 0xffff)
                .memoryWindow32(
                        MemoryLayout.PCI_MMIO_START, MemoryLayout.PCI_MMIO_START + MemoryLayout.PCI_MMIO_SIZE - 1);
        if (machine.highMmioSize() > 0) {
            resources.memoryWindow64(machine.highMmioStart(), machine.highMmioStart() + machine.highMmioSize() - 1);
        }
        return device(
                "PCI0",
                List.of(
                        name("_HID", eisaId("PNP0A08")),
                        name("_CID", eisaId("PNP0A03")),
                        name("_SEG", integer(0)),
                        name("_BBN", integer(0)),
                        name("_UID", integer(0)),
                        resources.crs(),
                        name("_PRT", pack(interruptRoutes())),
                        capabilities()));
    }

    /** Pin A of slot s goes to GSI 16 + s % 8, directly (§6.2.13); every function of ours has only that pin. */
    private static List<Aml> interruptRoutes() {
        List<Aml> routes = new ArrayList<>();
        for (int slot = 0; slot < PCI_SLOTS; slot++) {
            routes.add(pack(List.of(
                    integer((long) slot << 16 | 0xffff),
                    integer(0),
                    integer(0),
                    integer(FIRST_PCI_GSI + slot % PCI_GSIS))));
        }
        return routes;
    }

    /** {@code _OSC} (§6.2.11): the guest may control all PCI Express features it asks for; there is no firmware that would. */
    private static Aml capabilities() {
        return method(
                "_OSC",
                4,
                List.of(
                        ifEqual(arg(0), buffer(PCI_HOST_BRIDGE_UUID), List.of(returns(arg(3)))),
                        createDwordField(arg(3), 0, "CDW1"),
                        setBits("CDW1", UNRECOGNISED_UUID),
                        returns(arg(3))));
    }

    /** Reserves what no other device does: kernels use ECAM only where a motherboard resource says so. */
    private static Aml motherboard() {
        return device(
                "MBRD",
                List.of(
                        name("_HID", eisaId("PNP0C02")),
                        name("_UID", integer(0)),
                        new Resources()
                                .fixedMemory(MemoryLayout.ECAM_START, MemoryLayout.ECAM_SIZE)
                                .io(AcpiPm.PM1A_EVENT_PORT, 0x10)
                                .crs()));
    }

    private static Aml serialPort(int index) {
        return device(
                "COM" + (index + 1),
                List.of(
                        name("_HID", eisaId("PNP0501")),
                        name("_UID", integer(index + 1)),
                        new Resources()
                                .io(COM_PORTS[index], 8)
                                .sharedEdgeIrq(COM_IRQS[index])
                                .crs()));
    }
}
