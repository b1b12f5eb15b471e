package crosvm.runner.export;

import crosvm.runner.report.FailedException;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.NamedPath.Access;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortForward;
import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.graph.HostResource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A container unit of Podman's Quadlet (podman-systemd.unit(5), Podman 4.4 and later). */
final class Quadlet implements ExportTarget {
    private static final Path SPECS = Path.of("/specs");

    Quadlet() {}

    @Override
    public String word() {
        return "quadlet";
    }

    @Override
    public String describe(ExportedMachine machine) {
        requireNoNetworkBetweenMachines(machine);
        List<String> lines = new ArrayList<>();
        String unit = machine.name() + ".container";
        lines.add("# " + unit + ": made by crosvm export quadlet. Review it, then, as the user who is to run it:");
        lines.add("#   crosvm export quadlet " + machine.file().getFileName()
                + (machine.place() == null ? "" : " " + machine.place().shortName()) + " >~/.config/containers/systemd/"
                + unit);
        lines.add("#   systemctl --user daemon-reload && systemctl --user start " + machine.name());
        lines.add("# For root the folder is /etc/containers/systemd, and systemctl without --user.");
        lines.add("[Unit]");
        lines.add("Description=Virtual machine " + machine.name());
        SystemdUnit.order(machine, lines);
        lines.add("");
        container(machine, lines);
        lines.add("");
        lines.add("[Service]");
        lines.add("# 32: the guest asked for a reset. 143: ended by SIGTERM, the container's engine's own.");
        lines.add("SuccessExitStatus=143");
        lines.add("RestartForceExitStatus=32");
        lines.add("TimeoutStartSec=120");
        lines.add("TimeoutStopSec=100");
        lines.add("ExecStop=/usr/bin/podman exec " + machine.name() + " crosvm down --timeout 80s " + machine.name());
        lines.add("");
        lines.add("[Install]");
        lines.add("WantedBy=default.target");
        return String.join("\n", lines) + "\n";
    }

    private static void container(ExportedMachine machine, List<String> lines) {
        lines.add("[Container]");
        lines.add("ContainerName=" + machine.name());
        programs(machine, lines);
        lines.add("Image=" + machine.options().image());
        StringBuilder exec = new StringBuilder("up "
                + SystemdUnit.word(SPECS.resolve(machine.file().getFileName()).toString()) + machine.selection());
        machine.overrides().forEach(override -> exec.append(' ').append(SystemdUnit.word(override)));
        lines.add("Exec=" + exec);
        lines.add("Notify=true");
        lines.add("Environment=XDG_RUNTIME_DIR=/run/crosvm XDG_CACHE_HOME=/var/cache/crosvm");
        volumes(machine, lines);
        SpecSecrets.variables(machine.spec()).forEach(name -> lines.add("Secret=" + name + ",type=env,target=" + name));
        machine.resources(HostResource.Kind.DEVICE).forEach(device -> lines.add("AddDevice=" + device));
        network(machine, lines);
        lines.add("ReadOnly=true");
        lines.add("ReadOnlyTmpfs=false");
        lines.add("Tmpfs=/tmp");
        lines.add("Tmpfs=/run/crosvm");
        lines.add("Volume=" + machine.name() + "-cache:/var/cache/crosvm");
        lines.add("# User namespaces, which the jails of devices are made of: the usual filter forbids them.");
        lines.add("SeccompProfile=unconfined");
        lines.add("NoNewPrivileges=true");
        lines.add("# " + MemoryNeed.explain(machine.graph()) + ".");
        ExportedLimits limits = new ExportedLimits(machine);
        lines.add("PodmanArgs=--memory=" + limits.memoryMebibytes() + "m" + limits.podmanOptions() + " --tz=local");
    }

    /** Its processes would be those of one container, where the machines in others do not find them. */
    private static void requireNoNetworkBetweenMachines(ExportedMachine machine) {
        for (NetworkSpec card : machine.spec().networks()) {
            if (card.network() != null) {
                throw new FailedException(
                        machine.name() + ": networks: " + card.network()
                                + " is between machines of this file, which are containers of their own there. Export the machines to"
                                + " systemd, or give them user: true, which works in a container, and forward, which becomes a published port");
            }
        }
    }

    /** A tap is an interface of the host, so that the container has the host's network then. */
    private static void network(ExportedMachine machine, List<String> lines) {
        if (!machine.resources(HostResource.Kind.TAP).isEmpty()) {
            lines.add("# A tap is the host's, and made or attached to with CAP_NET_ADMIN: for root's Podman alone.");
            lines.add("Network=host");
            lines.add("AddCapability=CAP_NET_ADMIN");
            return;
        }
        for (NetworkSpec network : machine.spec().networks()) {
            for (PortForward forward : network.forward()) {
                lines.add("PublishPort=" + forward.host() + ":" + forward.host());
            }
        }
    }

    /** Programs that machines need and the image does not have. */
    private static void programs(ExportedMachine machine, List<String> lines) {
        List<String> missing = new ArrayList<>(machine.resources(HostResource.Kind.PROGRAM));
        missing.remove("passt");
        if (machine.spec().kernel().from() != null) {
            missing.add("grub-fstest");
        }
        if (!missing.isEmpty()) {
            lines.add("# Needs an image made from crosvm's that has: " + String.join(", ", missing));
        }
    }

    /** The spec's folder at /specs, so that relative paths lead to the same files; everything else where it is on the host. */
    private static void volumes(ExportedMachine machine, List<String> lines) {
        Path folder = machine.folder();
        Set<Path> written = WrittenFolders.of(machine.draft());
        Set<String> volumes = new LinkedHashSet<>();
        volumes.add(mount(folder, SPECS, written.contains(folder)));
        for (Path writable : written) {
            if (writable.startsWith(folder) && !writable.equals(folder)) {
                volumes.add(mount(writable, SPECS.resolve(folder.relativize(writable)), true));
            } else if (!writable.startsWith(folder)) {
                volumes.add(mount(writable, writable, true));
            }
        }
        for (PathUse use : PathUse.of(machine.spec(), machine.file())) {
            boolean socket = use.access() == Access.CONNECT;
            boolean covered = use.path().startsWith(folder) || written.stream().anyMatch(use.path()::startsWith);
            if (!covered && (use.access().isReading() || socket)) {
                volumes.add(mount(use.path(), use.path(), socket));
            }
        }
        WaylandSpec wayland = machine.spec().wayland();
        if (wayland != null && (wayland.socket() == null || !wayland.socket().isAbsolute())) {
            String socket =
                    wayland.socket() == null ? "wayland-0" : wayland.socket().toString();
            volumes.add("%t/" + socket + ":/run/crosvm/" + socket);
        }
        volumes.forEach(volume -> lines.add("Volume=" + volume));
    }

    private static String mount(Path host, Path inside, boolean writable) {
        return SystemdUnit.word(host + ":" + inside + (writable ? "" : ":ro"));
    }
}
