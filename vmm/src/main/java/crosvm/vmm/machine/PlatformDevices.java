package crosvm.vmm.machine;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.device.acpi.AcpiPm;
import crosvm.vmm.device.acpi.ResetRegister;
import crosvm.vmm.device.cmos.CmosRtc;
import crosvm.vmm.device.i8042.I8042;
import crosvm.vmm.device.pvpanic.Pvpanic;
import crosvm.vmm.device.serial.Uart16550;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.event.PreciseTimer;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.LegacyDevice;
import crosvm.vmm.hosting.ResourceStack;
import crosvm.vmm.irq.InterruptWires;
import crosvm.vmm.pci.PciBus;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** Puts the PC platform's devices of a graph onto the port bus. Used once, by the thread that builds the machine. */
final class PlatformDevices {
    private final ResourceStack resources;
    private final EventLoop loop;
    private final InterruptWires wires;
    private final Bus ports;
    private final EndOfGuest end;
    private final Consoles consoles;
    private final LongSupplier guestTime;
    private Runnable powerButton = () -> {};

    /**
     * @param resources gets what has to be closed
     * @param loop runs timers
     * @param guestTime nanoseconds, for the ACPI timer
     */
    PlatformDevices(
            ResourceStack resources,
            EventLoop loop,
            InterruptWires wires,
            Bus ports,
            EndOfGuest end,
            Consoles consoles,
            LongSupplier guestTime) {
        this.resources = resources;
        this.loop = loop;
        this.wires = wires;
        this.ports = ports;
        this.end = end;
        this.consoles = consoles;
        this.guestTime = guestTime;
    }

    void add(DeviceGraph graph, PciBus pci) {
        for (LegacyDevice device : graph.legacy()) {
            int port = device.ports().get(0).first();
            int count = device.ports().get(0).count();
            switch (device.kind()) {
                case PIC, PIT -> {} // In the kernel.
                case SERIAL -> ports.add(port, count, device.id(), serial(device));
                case RTC -> ports.add(port, count, device.id(), rtc(device, graph.memoryBytes()));
                case I8042 -> new I8042(end).addTo(ports);
                case ACPI_PM -> {
                    AcpiPm pm = new AcpiPm(wires.input(device.gsi()), end, guestTime);
                    pm.addTo(ports);
                    powerButton = pm::pressPowerButton;
                }
                case PCI_CONFIG -> ports.add(port, count, device.id(), pci.ports(new ResetRegister(end)));
                case PVPANIC -> ports.add(port, count, device.id(), new Pvpanic(end));
            }
        }
    }

    private CmosRtc rtc(LegacyDevice device, long memoryBytes) {
        AtomicReference<CmosRtc> rtc = new AtomicReference<>();
        PreciseTimer timer = resources.own(
                new PreciseTimer(device.id(), loop, () -> rtc.get().wakeUp()));
        rtc.set(new CmosRtc(Clock.systemUTC(), memoryBytes, wires.input(device.gsi()), timer::at));
        return rtc.get();
    }

    /** Presses the machine's power button. */
    Runnable powerButton() {
        return powerButton;
    }

    private Uart16550 serial(LegacyDevice device) {
        Uart16550 uart = new Uart16550(consoles.output(device.id()), wires.input(device.gsi()));
        consoles.connect(device.id(), uart);
        return uart;
    }
}
