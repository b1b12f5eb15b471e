package crosvm.vmm.virtio.remote;

import crosvm.vmm.linux.DeviceNode;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import java.nio.file.Files;
import java.nio.file.Path;

/** The device nodes of the kernel's vhost drivers. Each open is a device of its own. */
public enum VhostNode {
    VSOCK("/dev/vhost-vsock", "vhost_vsock"),
    NET("/dev/vhost-net", "vhost_net");

    private final String path;
    private final String module;

    VhostNode(String path, String module) {
        this.path = path;
        this.module = module;
    }

    public String path() {
        return path;
    }

    /** Whether it is there and may be opened. */
    public boolean isUsable() {
        return Files.isReadable(Path.of(path)) && Files.isWritable(Path.of(path));
    }

    /** @throws ErrnoException saying what to do about it */
    public Fd open() {
        return open(path);
    }

    Fd open(String node) {
        try {
            return Fd.open(node, Fd.O_RDWR);
        } catch (ErrnoException e) {
            String advice = switch (e.errno()) {
                case EACCES, EPERM -> DeviceNode.openAdvice(Path.of(node), e.errno());
                case ENOENT, ENXIO, ENODEV -> "Load the kernel's module for it: sudo modprobe " + module;
                default -> "Run: crosvm doctor";
            };
            throw new ErrnoException(node + ": open", e.code(), advice);
        }
    }
}
