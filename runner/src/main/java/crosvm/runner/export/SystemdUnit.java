package crosvm.runner.export;

import crosvm.vmm.graph.HostResource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A service unit (systemd.service(5), systemd.exec(5)) that has of the host what its machine needs. What is hardened leaves room
 * for the jails of devices, which are user namespaces with mounts of their own.
 */
final class SystemdUnit implements ExportTarget {
    private static final String PROGRAM = "/usr/bin/crosvm";
    /** Where a service may write without its folder being named. */
    private static final List<Path> OWN = List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/sys"));

    SystemdUnit() {}

    @Override
    public String word() {
        return "systemd";
    }

    @Override
    public String describe(ExportedMachine machine) {
        List<String> lines = new ArrayList<>();
        String unit = machine.name() + ".service";
        lines.add("# " + unit + ": made by crosvm export systemd. Review it, then, as root:");
        lines.add("#   crosvm export systemd " + machine.file().getFileName()
                + (machine.place() == null ? "" : " " + machine.place().shortName()) + " >/etc/systemd/system/" + unit);
        lines.add("#   systemctl daemon-reload && systemctl enable --now " + unit);
        lines.add("[Unit]");
        lines.add("Description=Virtual machine " + machine.name());
        lines.add("Documentation=man:crosvm(1) man:crosvm-up(1)");
        lines.add("After=network.target");
        order(machine, lines);
        lines.add("RequiresMountsFor=" + word(machine.folder().toString()));
        lines.add("StartLimitIntervalSec=60");
        lines.add("StartLimitBurst=5");
        lines.add("");
        service(machine, lines);
        hardening(machine, lines);
        lines.add("");
        lines.add("[Install]");
        lines.add("WantedBy=multi-user.target");
        return String.join("\n", lines) + "\n";
    }

    /** A unit of a machine is active once that runs, or is ready where its spec says what makes it so. */
    static void order(ExportedMachine machine, List<String> lines) {
        String units = String.join(" ", machine.unitsBefore());
        if (!units.isEmpty()) {
            lines.add("Requires=" + units);
            lines.add("After=" + units);
        }
    }

    private static void service(ExportedMachine machine, List<String> lines) {
        String spec = word(machine.file().toString());
        lines.add("[Service]");
        lines.add("# The service is active once the guest runs.");
        lines.add("Type=notify");
        lines.add("# The state of what runs is below it: XDG_RUNTIME_DIR=/run crosvm ps lists the system's machines.");
        lines.add("Environment=XDG_RUNTIME_DIR=%t");
        environment(machine, lines);
        if (!machine.overrides().isEmpty()) {
            lines.add("WorkingDirectory=" + escaped(Path.of("").toAbsolutePath().toString()));
        }
        StringBuilder start = new StringBuilder(PROGRAM + " up " + spec + machine.selection());
        machine.overrides().forEach(override -> start.append(' ').append(word(override)));
        lines.add("ExecStart=" + start);
        lines.add("# The guest is asked to shut down, and ended when it has not within 80 s.");
        lines.add("ExecStop=" + PROGRAM + " down --timeout 80s " + word(machine.name()));
        lines.add("TimeoutStopSec=90");
        lines.add("TimeoutStartSec=120");
        lines.add("# Device processes are crosvm's own to end.");
        lines.add("KillMode=mixed");
        lines.add(
                "# 143: ended by SIGTERM, systemd's own. 32: the guest asked for a reset. What follows a crash is the");
        lines.add("# spec's to say (restart:).");
        lines.add("SuccessExitStatus=143");
        lines.add("RestartForceExitStatus=32");
        lines.add("");
        lines.add("# " + MemoryNeed.explain(machine.graph()) + ".");
        ExportedLimits limits = new ExportedLimits(machine);
        lines.add("MemoryMax=" + limits.memoryMebibytes() + "M");
        lines.addAll(limits.serviceLines());
    }

    /** Secrets that the spec takes from the environment stand in a file that root alone reads. */
    private static void environment(ExportedMachine machine, List<String> lines) {
        List<String> names = SpecSecrets.variables(machine.spec());
        if (!names.isEmpty()) {
            lines.add(
                    "# Has a line NAME=VALUE for each of: " + String.join(", ", names) + ". For root alone: chmod 600");
            lines.add("EnvironmentFile=/etc/crosvm/" + machine.name() + ".env");
        }
    }

    private static void hardening(ExportedMachine machine, List<String> lines) {
        boolean tap = !machine.resources(HostResource.Kind.TAP).isEmpty();
        lines.add("DevicePolicy=closed");
        devices(machine).forEach(device -> lines.add("DeviceAllow=" + device + " rw"));
        lines.add("");
        lines.add(
                "# What the jails of devices need is left: user namespaces, mounts, and memory that the JVM compiles code into.");
        lines.add("NoNewPrivileges=yes");
        lines.add("ProtectSystem=strict");
        List<String> writable = writable(machine);
        if (!writable.isEmpty()) {
            lines.add("ReadWritePaths=" + String.join(" ", writable));
        }
        lines.add("ReadWritePaths=%t");
        lines.add("ProtectControlGroups=yes");
        lines.add("ProtectKernelModules=yes");
        lines.add("ProtectClock=yes");
        lines.add("KeyringMode=private");
        lines.add("LockPersonality=yes");
        lines.add("RestrictRealtime=yes");
        lines.add("SystemCallArchitectures=native");
        lines.add("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"
                + (machine.spec().vsock() == null ? "" : " AF_VSOCK"));
        if (!tap) {
            lines.add("CapabilityBoundingSet=~CAP_NET_ADMIN CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_TIME CAP_SYS_BOOT");
        } else {
            lines.add("# A tap is made or attached to with CAP_NET_ADMIN.");
            lines.add("CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_TIME CAP_SYS_BOOT");
        }
    }

    /** Device nodes; a disk may be one. */
    private static SortedSet<String> devices(ExportedMachine machine) {
        TreeSet<String> devices = new TreeSet<>(machine.resources(HostResource.Kind.DEVICE));
        machine.resources(HostResource.Kind.FILE).stream()
                .filter(file -> file.startsWith("/dev/"))
                .map(SystemdUnit::escaped)
                .forEach(devices::add);
        return devices;
    }

    /** Folders in which the machine writes files or makes sockets. */
    private static List<String> writable(ExportedMachine machine) {
        return WrittenFolders.of(machine.draft()).stream()
                .filter(folder -> OWN.stream().noneMatch(folder::startsWith))
                .map(folder -> word(folder.toString()))
                .toList();
    }

    /** A word of a setting, with what systemd gives a meaning escaped (systemd.syntax(7)). */
    static String word(String text) {
        String escaped = escaped(text).replace("$", "$$");
        return escaped.matches("[A-Za-z0-9_@%+=:,./$-]+")
                ? escaped
                : '"' + escaped.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String escaped(String text) {
        return text.replace("%", "%%");
    }
}
