package crosvm.vmm.graph;

import crosvm.schema.model.BalloonSpec;
import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.DeviceSpec;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.RngSpec;
import crosvm.schema.model.ShareSpec;
import crosvm.schema.model.VhostMode;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VsockSpec;
import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.graph.HostResource.Kind;
import crosvm.vmm.linux.Tap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the machine and each device take of the host, by name; nothing is looked up. */
final class HostPlan {
    private HostPlan() {}

    static List<HostResource> ofMachine(VmSpec spec) {
        List<HostResource> host = new ArrayList<>();
        host.add(new HostResource(Kind.DEVICE, "/dev/kvm", "read, write"));
        addFile(host, spec.kernel().image());
        addFile(host, spec.kernel().initrd());
        Path socket = spec.control().socket();
        host.add(new HostResource(
                Kind.SOCKET,
                socket == null ? "$XDG_RUNTIME_DIR/crosvm/" + spec.name() + "/control.sock" : socket.toString(),
                "listen"));
        return host;
    }

    private static void addFile(List<HostResource> host, @Nullable Path file) {
        if (file != null) {
            host.add(new HostResource(Kind.FILE, file.toString(), "read"));
        }
    }

    static List<HostResource> ofDevice(DeviceSpec spec) {
        if (spec instanceof DiskSpec disk) {
            String access = disk.readOnly() ? "read, shared lock" : "read, write, exclusive lock";
            return List.of(new HostResource(Kind.FILE, disk.path().toString(), access));
        }
        if (spec instanceof NetworkSpec network) {
            return ofNetwork(network);
        }
        if (spec instanceof RngSpec) {
            return List.of(new HostResource(Kind.KERNEL, "getrandom(2)", "read"));
        }
        if (spec instanceof BalloonSpec) {
            return List.of();
        }
        if (spec instanceof VsockSpec) {
            return List.of(new HostResource(Kind.DEVICE, "/dev/vhost-vsock", "read, write"));
        }
        if (spec instanceof WaylandSpec wayland) {
            Path socket = wayland.socket();
            String name = socket == null ? "$XDG_RUNTIME_DIR/wayland-0" : socket.toString();
            String group = wayland.group() == null ? "" : " as group " + wayland.group();
            return List.of(new HostResource(Kind.SOCKET, name, "connect" + group));
        }
        if (spec instanceof ConsoleSpec console) {
            return ofPort(console.hvc0());
        }
        ShareSpec share = (ShareSpec) spec;
        return List.of(
                new HostResource(Kind.FOLDER, share.path().toString(), share.readOnly() ? "read" : "read, write"),
                new HostResource(Kind.PROGRAM, "virtiofsd", "start"));
    }

    private static List<HostResource> ofNetwork(NetworkSpec network) {
        List<HostResource> host = new ArrayList<>();
        if (network.user()) {
            host.add(new HostResource(Kind.PROGRAM, "passt", "start"));
            network.forward()
                    .forEach(f -> host.add(new HostResource(
                            Kind.PORT, "TCP " + f.host(), "listen, leads to port " + f.guest() + " of the guest")));
            return host;
        }
        host.add(new HostResource(Kind.DEVICE, "/dev/net/tun", "read, write"));
        if (network.tap() != null) {
            host.add(new HostResource(Kind.TAP, network.tap(), "attach"));
        } else {
            int prefix = network.netmask() == null ? -1 : network.netmask().prefixLength();
            host.add(new HostResource(Kind.TAP, Tap.NEW_NAME, "create, " + network.hostIp() + "/" + prefix));
        }
        if (network.vhost() != VhostMode.OFF) {
            String access = network.vhost() == VhostMode.ON ? "read, write" : "read, write, if it is there";
            host.add(new HostResource(Kind.DEVICE, "/dev/vhost-net", access));
        }
        return host;
    }

    static List<HostResource> ofPort(PortSpec port) {
        return switch (port.to()) {
            case TERMINAL -> List.of(new HostResource(Kind.TERMINAL, "terminal", "read, write, raw mode"));
            case FILE -> List.of(new HostResource(Kind.FILE, pathOf(port), "write"));
            case SOCKET -> List.of(new HostResource(Kind.SOCKET, pathOf(port), "listen"));
            case NONE -> List.of();
        };
    }

    /** The loader lets no port to a file or socket through that has no path. */
    private static String pathOf(PortSpec port) {
        return Objects.requireNonNull(port.path(), "a port to a file or socket has a path")
                .toString();
    }
}
