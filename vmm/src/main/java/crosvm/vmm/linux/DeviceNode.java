package crosvm.vmm.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;

/** The device nodes of virtualization: /dev/kvm and those of vhost. */
public final class DeviceNode {
    private static final String GROUP = "kvm";
    private static final Set<PosixFilePermission> FOR_GROUP =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE);

    private DeviceNode() {}

    /** What to do when opening a node has failed with EACCES or with EPERM, which is the device cgroup's word. */
    public static String openAdvice(Path device, Errno reason) {
        return reason == Errno.EPERM ? containerAdvice(device) : accessAdvice(device);
    }

    /**
     * How a container or a service gets a device that its cgroup, or its own /dev, does not have. Even root in it may not open
     * the node then.
     */
    public static String containerAdvice(Path device) {
        return "The device cgroup of this container or service does not allow it. Docker and Podman: --device " + device
                + "; Kubernetes: a device plugin, or privileged: true (crosvm export kubernetes --kvm); systemd: DeviceAllow="
                + device + " rw";
    }

    /**
     * Whether this is a container of Docker's, Podman's, systemd-nspawn's or Kubernetes'.
     *
     * @param root its file system
     * @param environment as the engine has set it: {@code container} is systemd's convention, which Podman follows
     */
    public static boolean isContainer(Path root, Map<String, String> environment) {
        return Files.exists(root.resolve(".dockerenv"))
                || Files.exists(root.resolve("run/.containerenv"))
                || environment.containsKey("container")
                || environment.containsKey("KUBERNETES_SERVICE_HOST");
    }

    /**
     * What somebody can do who may not open a node. Most distributions give /dev/kvm to the group kvm; where it is root's, as
     * devtmpfs makes it, no membership would help.
     */
    public static String accessAdvice(Path device) {
        String group = group(device);
        return group.isEmpty() || group.equals("root")
                ? "Its owner alone may open it. As root: chgrp " + GROUP + " " + device + " && chmod g+rw " + device
                        + " && usermod -aG " + GROUP + " USER, then log in again; a udev rule (KERNEL==\""
                        + device.getFileName() + "\", GROUP=\"" + GROUP + "\", MODE=\"0660\") keeps that"
                : "Add your user to its group: sudo usermod -aG " + group + " $USER, then log in again";
    }

    /** The group that may open it; empty when none may. */
    private static String group(Path device) {
        try {
            PosixFileAttributes file = Files.readAttributes(device, PosixFileAttributes.class);
            return file.permissions().containsAll(FOR_GROUP) ? file.group().getName() : "";
        } catch (IOException e) {
            return GROUP;
        }
    }
}
