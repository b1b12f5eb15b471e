package crosvm.vmm.machine;

import crosvm.schema.model.PortSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.bus.Bus;
import crosvm.vmm.device.acpi.AcpiPm;
import crosvm.vmm.device.acpi.ResetRegister;
import crosvm.vmm.device.cmos.CmosRtc;
import crosvm.vmm.device.i8042.I8042;
import crosvm.vmm.device.pvpanic.Pvpanic;
import crosvm.vmm.device.serial.BufferedSerialOutput;
import crosvm.vmm.device.serial.ConsoleInput;
import crosvm.vmm.device.serial.SerialOutput;
import crosvm.vmm.device.serial.Uart16550;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.LegacyDevice;
import crosvm.vmm.irq.InterruptWires;
import crosvm.vmm.linux.Terminal;
import crosvm.vmm.pci.PciBus;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;

/** Puts the PC platform's devices of a graph onto the port bus. Used once, by the thread that builds the machine. */
final class PlatformDevices {
    private final ResourceStack resources;
    private final InterruptWires wires;
    private final Bus ports;
    private final EndOfGuest end;
    private final Terminal terminal;
    private final WritableByteChannel output;

    PlatformDevices(
            ResourceStack resources,
            InterruptWires wires,
            Bus ports,
            EndOfGuest end,
            Terminal terminal,
            WritableByteChannel output) {
        this.resources = resources;
        this.wires = wires;
        this.ports = ports;
        this.end = end;
        this.terminal = terminal;
        this.output = output;
    }

    void add(DeviceGraph graph, PciBus pci) {
        for (LegacyDevice device : graph.legacy()) {
            int port = device.ports().get(0).first();
            int count = device.ports().get(0).count();
            switch (device.kind()) {
                case PIC, PIT -> {} // In the kernel.
                case SERIAL -> ports.add(port, count, device.id(), serial(device));
                case RTC -> ports.add(port, count, device.id(), new CmosRtc(Clock.systemUTC(), graph.memoryBytes()));
                case I8042 -> new I8042(end).addTo(ports);
                case ACPI_PM -> new AcpiPm(wires.input(device.gsi()), end, System::nanoTime).addTo(ports);
                case PCI_CONFIG -> ports.add(port, count, device.id(), pci.ports(new ResetRegister(end)));
                case PVPANIC -> ports.add(port, count, device.id(), new Pvpanic(end));
            }
        }
    }

    private Uart16550 serial(LegacyDevice device) {
        PortSpec port = device.port();
        if (port == null) {
            return new Uart16550(SerialOutput.discarding(), wires.input(device.gsi()));
        }
        return switch (port.to()) {
            case TERMINAL -> {
                Uart16550 uart = new Uart16550(buffered(device.id(), output), wires.input(device.gsi()));
                resources.own(ConsoleInput.start(terminal, uart, () -> end.end(Shutdown.of(Shutdown.Reason.STOPPED))));
                yield uart;
            }
            case FILE -> new Uart16550(buffered(device.id(), openFile(device, port.path())), wires.input(device.gsi()));
            case SOCKET, NONE -> new Uart16550(SerialOutput.discarding(), wires.input(device.gsi()));
        };
    }

    private SerialOutput buffered(String name, WritableByteChannel channel) {
        return resources.own(BufferedSerialOutput.start(name + "-output", channel));
    }

    private WritableByteChannel openFile(LegacyDevice device, Path path) {
        try {
            return resources.own(FileChannel.open(
                    path, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw new VmmException(
                    "console." + device.id() + ": " + path + " cannot be opened for writing: " + e.getMessage()
                            + ". Give a file in a folder that you may write to",
                    e);
        }
    }
}
