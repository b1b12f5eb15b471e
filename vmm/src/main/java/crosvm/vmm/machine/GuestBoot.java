package crosvm.vmm.machine;

import crosvm.vmm.boot.BootParams;
import crosvm.vmm.boot.BootState;
import crosvm.vmm.boot.Initrd;
import crosvm.vmm.boot.KernelCmdline;
import crosvm.vmm.boot.LinuxLoader;
import crosvm.vmm.boot.LoadedKernel;
import crosvm.vmm.boot.acpi.AcpiMachine;
import crosvm.vmm.boot.acpi.AcpiTables;
import crosvm.vmm.boot.hello.HelloGuest;
import crosvm.vmm.boot.smbios.SmbiosTables;
import crosvm.vmm.graph.BootPlan;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What the guest finds in its memory when it starts: kernel, initrd, boot params, ACPI and SMBIOS tables.
 *
 * @param state the boot vCPU's registers
 */
record GuestBoot(BootState state) {
    /**
     * @param highMmioSize bytes of the 64-bit PCI window above RAM
     * @throws crosvm.vmm.VmmException naming the image and what is wrong with it
     */
    static GuestBoot load(DeviceGraph graph, GuestMemory memory, long highMmioSize, Credentials credentials) {
        BootPlan boot = graph.boot();
        LoadedKernel kernel = kernel(boot, memory);
        Path ramDisk = boot.initrd();
        Initrd initrd = ramDisk == null ? null : Initrd.load(ramDisk, memory, kernel);
        AcpiMachine machine =
                new AcpiMachine(graph.vcpus(), MemoryLayout.highMmioStart(graph.memoryBytes()), highMmioSize);
        long rsdp = new AcpiTables(machine).write(memory);
        new SmbiosTables(credentials.oemStrings(boot.credentials())).write(memory);
        return new GuestBoot(BootParams.write(memory, kernel, initrd, KernelCmdline.of(boot.commandLine()), rsdp));
    }

    private static LoadedKernel kernel(BootPlan boot, GuestMemory memory) {
        Path image = boot.image();
        if (image != null) {
            return LinuxLoader.load(image, memory);
        }
        return HelloGuest.load(Objects.requireNonNull(boot.builtin(), "no kernel"), memory);
    }
}
