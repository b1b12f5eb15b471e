package crosvm.vmm.module;

import java.util.List;

/**
 * Something that devices of a kind need of the host, apart from what their spec names.
 *
 * @param name the path of a device node, or a program's name
 * @param use what it is needed for, for people
 * @param remedy how to get it
 * @param folders where else than on the search path such a program may be; empty for a device node
 */
public record HostNeed(String name, String use, String remedy, List<String> folders) {
    /** Copies the list. */
    public HostNeed {
        folders = List.copyOf(folders);
    }

    /** A device node, which a kernel module makes. */
    public static HostNeed device(String path, String use, String module) {
        return new HostNeed(path, use, "modprobe " + module, List.of());
    }

    /** A program. */
    public static HostNeed program(String name, List<String> folders, String use, String packages) {
        return new HostNeed(name, use, "install it: Debian package " + packages, folders);
    }

    public boolean isDevice() {
        return name.startsWith("/");
    }
}
