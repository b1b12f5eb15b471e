package crosvm.vmm.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** The device nodes of virtualization: /dev/kvm and those of vhost. */
public final class DeviceNode {
    private static final String GROUP = "kvm";
    private static final Set<PosixFilePermission> FOR_GROUP =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE);

    private DeviceNode() {}

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
