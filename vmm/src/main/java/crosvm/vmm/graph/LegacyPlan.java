package crosvm.vmm.graph;

import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.PortSpec;
import crosvm.vmm.graph.LegacyDevice.Kind;
import crosvm.vmm.graph.LegacyDevice.PortRange;
import java.util.List;

/** The PC platform every machine has. */
final class LegacyPlan {
    private static final int NO_GSI = -1;

    private LegacyPlan() {}

    static List<LegacyDevice> of(ConsoleSpec console) {
        return List.of(
                device(
                        Kind.PIC,
                        "pic",
                        NO_GSI,
                        new PortRange(0x20, 2),
                        new PortRange(0xa0, 2),
                        new PortRange(0x4d0, 2)),
                device(Kind.PIT, "pit", 0, new PortRange(0x40, 4), new PortRange(0x61, 1)),
                serial("com1", 0x3f8, 4, console.com1()),
                serial("com2", 0x2f8, 3, console.com2()),
                serial("com3", 0x3e8, 4, console.com3()),
                serial("com4", 0x2e8, 3, console.com4()),
                device(Kind.I8042, "i8042", NO_GSI, new PortRange(0x60, 1), new PortRange(0x64, 1)),
                device(Kind.RTC, "rtc", 8, new PortRange(0x70, 2)),
                device(Kind.PVPANIC, "pvpanic", NO_GSI, new PortRange(0x505, 1)),
                device(Kind.ACPI_PM, "acpi-pm", 9, new PortRange(0x600, 16)),
                device(Kind.PCI_CONFIG, "pci-config", NO_GSI, new PortRange(0xcf8, 8)));
    }

    private static LegacyDevice device(Kind kind, String id, int gsi, PortRange... ports) {
        return new LegacyDevice(kind, id, List.of(ports), gsi, null, List.of());
    }

    private static LegacyDevice serial(String id, int port, int gsi, PortSpec leadsTo) {
        return new LegacyDevice(
                Kind.SERIAL, id, List.of(new PortRange(port, 8)), gsi, leadsTo, HostResource.ofPort(leadsTo));
    }
}
