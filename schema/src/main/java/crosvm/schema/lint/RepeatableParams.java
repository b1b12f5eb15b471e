package crosvm.schema.lint;

import java.util.List;
import java.util.Set;

/**
 * Kernel parameters that may stand several times, each adding to the ones before: those of which the kernel's
 * {@code Documentation/admin-guide/kernel-parameters.txt}, {@code kernel-command-line(7)} of systemd, {@code dracut.cmdline(7)}
 * and {@code modprobe(8)} say so, and pairs such as {@code hugepagesz=} with {@code hugepages=}.
 */
final class RepeatableParams {
    private static final Set<String> KERNEL = Set.of(
            "acpi_osi",
            "acpi_mask_gpe",
            "blacklist",
            "cgroup_disable",
            "clearcpuid",
            "console",
            "crashkernel",
            "dyndbg",
            "earlycon",
            "efi_fake_mem",
            "ether",
            "hugepages",
            "hugepagesz",
            "initcall_blacklist",
            "initrd",
            "ip",
            "kgdboc",
            "libata.force",
            "md",
            "memmap",
            "mtdparts",
            "module_blacklist",
            "parport",
            "pci",
            "reserve",
            "reserve_mem",
            "trace_event",
            "trace_instance",
            "trace_trigger",
            "usbcore.quirks",
            "virtio_mmio.device");

    private static final Set<String> PROGRAMS = Set.of(
            "bond",
            "bridge",
            "ifname",
            "modprobe.blacklist",
            "nameserver",
            "netroot",
            "rd.break",
            "rd.driver.blacklist",
            "systemd.import_credentials",
            "systemd.mask",
            "systemd.mount-extra",
            "systemd.setenv",
            "systemd.set_credential",
            "systemd.set_credential_binary",
            "systemd.swap-extra",
            "systemd.wants",
            "team",
            "vlan");

    /** Programs in the initramfs, whose parameters are lists throughout. */
    private static final List<String> PREFIXES = List.of("rd.", "inst.");

    private RepeatableParams() {}

    /** Whether a second parameter of this name, the part before {@code =}, adds to the first. */
    static boolean contains(String name) {
        String plain = name.replace('-', '_');
        return KERNEL.contains(name)
                || KERNEL.contains(plain)
                || PROGRAMS.contains(name)
                || name.endsWith(".dyndbg")
                || hasPrefix(name);
    }

    private static boolean hasPrefix(String name) {
        for (String prefix : PREFIXES) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
