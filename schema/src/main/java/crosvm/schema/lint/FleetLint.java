package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares the specs that are linted together, in their order. Owned by one run of the linter. */
final class FleetLint {
    private final Map<String, Use> uses = new HashMap<>();
    private final List<Range> ranges = new ArrayList<>();

    /** Who uses something first. */
    private record Use(String file, Draft draft, String path, boolean shared) {
        String place() {
            Origin origin = draft.origin(path);
            return origin.position().line() > 0
                    ? file + ":" + origin.position().line() + ":"
                            + origin.position().column()
                    : file;
        }
    }

    private record Range(NetworkSpec network, Use use) {}

    /** Compares one more file with those before. */
    void add(String file, Draft draft) {
        VmSpec spec = draft.spec();
        if (draft.sound("name")) {
            use(
                    FleetRule.NAME,
                    "name",
                    spec.name(),
                    new Use(file, draft, "name", false),
                    "the name \"" + spec.name() + "\"");
        }
        for (int i = 0; i < spec.disks().size(); i++) {
            DiskSpec disk = spec.disks().get(i);
            Use use = new Use(file, draft, "disks[" + i + "].path", disk.readOnly());
            use(FleetRule.DISK, "disk", disk.path(), use, disk.path() + ", which one of them writes to,");
            crossed("console", disk.path(), use, "a console port writes to " + disk.path());
        }
        if (spec.vsock() != null) {
            long cid = spec.vsock().cid();
            use(FleetRule.CID, "cid", cid, new Use(file, draft, "vsock.cid", false), "the context id " + cid);
        }
        for (int i = 0; i < spec.networks().size(); i++) {
            network(file, draft, spec.networks().get(i), "networks[" + i + "]");
        }
        socket(file, draft, spec.control().socket(), "control.socket");
        port(file, draft, spec.console().com1(), "console.com1.path");
        port(file, draft, spec.console().com2(), "console.com2.path");
        port(file, draft, spec.console().com3(), "console.com3.path");
        port(file, draft, spec.console().com4(), "console.com4.path");
        port(file, draft, spec.console().hvc0(), "console.hvc0.path");
    }

    private void network(String file, Draft draft, NetworkSpec network, String path) {
        if (draft.given(path + ".mac")) {
            Use use = new Use(file, draft, path + ".mac", false);
            use(FleetRule.MAC, "mac", network.mac(), use, "the MAC address " + network.mac());
        }
        if (network.tap() != null) {
            Use use = new Use(file, draft, path + ".tap", false);
            use(FleetRule.TAP, "tap", network.tap(), use, "the tap " + network.tap());
        }
        for (int i = 0; i < network.forward().size(); i++) {
            int port = network.forward().get(i).host();
            use(
                    FleetRule.PORT,
                    "port",
                    port,
                    new Use(file, draft, path + ".forward[" + i + "]", false),
                    "the host's port " + port);
        }
        Use use = new Use(file, draft, path + ".hostIp", false);
        for (Range range : ranges) {
            if (!range.use().file().equals(file) && NetworkLint.overlap(range.network(), network)) {
                draft.problem(
                        FleetRule.HOST_IP,
                        path + ".hostIp",
                        "the range overlaps that at " + range.use().place());
                break;
            }
        }
        ranges.add(new Range(network, use));
    }

    private void socket(String file, Draft draft, @Nullable Path socket, String path) {
        if (socket != null) {
            use(FleetRule.SOCKET, "socket", socket, new Use(file, draft, path, false), "the socket " + socket);
        }
    }

    private void port(String file, Draft draft, PortSpec port, String path) {
        if (port.to() == PortTarget.SOCKET) {
            socket(file, draft, port.path(), path);
        } else if (port.to() == PortTarget.FILE && port.path() != null) {
            Use use = new Use(file, draft, path, false);
            use(FleetRule.CONSOLE, "console", port.path(), use, "the file " + port.path());
            crossed("disk", port.path(), use, port.path() + " is a disk");
        }
    }

    /** Tells of a file that one machine takes for a disk and another writes its console to. */
    private void crossed(String otherKind, Path path, Use use, String text) {
        Use before = uses.get(otherKind + " " + path);
        if (before != null && !before.file().equals(use.file()) && use.draft().sound(use.path())) {
            use.draft().problem(FleetRule.CONSOLE, use.path(), text + " at " + before.place());
        }
    }

    /** Remembers a use, and tells of it when another file has the same thing and they cannot share it. */
    private void use(Rule rule, String kind, Object thing, Use use, String text) {
        if (!use.draft().sound(use.path())) {
            return;
        }
        String key = kind + " " + thing;
        Use before = uses.get(key);
        if (before == null) {
            uses.put(key, use);
        } else if (!before.file().equals(use.file()) && !(before.shared() && use.shared())) {
            use.draft().problem(rule, use.path(), text + " is used at " + before.place() + " too");
        } else if (!use.shared()) {
            uses.put(key, use);
        }
    }
}
