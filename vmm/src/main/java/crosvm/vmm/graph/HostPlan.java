package crosvm.vmm.graph;

import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.HostResource.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the machine as a whole takes of the host, by name; nothing is looked up. */
final class HostPlan {
    private HostPlan() {}

    static List<HostResource> ofMachine(VmSpec spec) {
        List<HostResource> host = new ArrayList<>();
        host.add(new HostResource(Kind.DEVICE, "/dev/kvm", "read, write"));
        addFile(host, spec.kernel().image());
        addFile(host, spec.kernel().initrd());
        spec.guest().credentials().values().forEach(from -> {
            if (from.file() != null) {
                host.add(new HostResource(Kind.FILE, from.file().toString(), HostResource.READ_SECRET));
            }
        });
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
}
